const PAGE_BITS = 15;
const PAGE_SIZE = 1 << PAGE_BITS;

/** A set of many numbers below 2^48, most of them near others: a bit each. */
export class NumberSet {
  readonly #pages = new Map<number, Uint8Array>();
  size = 0;

  has(number: number): boolean {
    const page = this.#pages.get(Math.floor(number / PAGE_SIZE));
    const at = number % PAGE_SIZE;
    return page !== undefined && (page[at >> 3]! & (1 << (at & 7))) !== 0;
  }

  add(number: number): void {
    if (this.has(number)) return;
    const index = Math.floor(number / PAGE_SIZE);
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = new Uint8Array(PAGE_SIZE / 8);
      this.#pages.set(index, page);
    }
    const at = number % PAGE_SIZE;
    page[at >> 3]! |= 1 << (at & 7);
    this.size++;
  }
}
