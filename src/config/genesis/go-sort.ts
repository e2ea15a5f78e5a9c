/** Longest range that is sorted by insertion; up to here the sort is stable. */
const MAX_INSERTION = 12;
/** Ranges from this length on take the median of three medians as the pivot. */
const SHORTEST_NINTHER = 50;
/** Exchanges of a pivot choice that saw nothing in order. */
const MAX_SWAPS = 12;
/** Out-of-order neighbours that the attempt at a nearly sorted range repairs. */
const MAX_REPAIRS = 5;
/** Ranges shorter than this are not worth repairing. */
const SHORTEST_REPAIR = 50;

/**
 * Sorts in place and leaves equal items in the very order in which Go's `sort.Slice` leaves them.
 *
 * That sort is not stable above 12 items, and the order of genesis validators with equal power decides who survives
 * the cut at `max_validators` (facts/formats.md 0.21): the algorithm (pattern-defeating quicksort as in Go since 1.19,
 * arXiv 2106.05123) is part of the protocol here.
 */
export function sortLikeGo<T>(items: T[], less: (a: T, b: T) => boolean): void {
  new PatternDefeatingQuicksort(items, less).sort(0, items.length, bitLength(items.length));
}

type Order = "increasing" | "decreasing" | "unknown";

class PatternDefeatingQuicksort<T> {
  readonly #items: T[];
  readonly #lessItems: (a: T, b: T) => boolean;
  /** Exchanges counted while a pivot is chosen. */
  #swaps = 0;

  constructor(items: T[], less: (a: T, b: T) => boolean) {
    this.#items = items;
    this.#lessItems = less;
  }

  /** Sorts from `start` to before `end`; `budget` bad pivots are allowed before heapsort takes over. */
  sort(start: number, end: number, budget: number): void {
    let balanced = true;
    let partitioned = true;
    for (;;) {
      const length = end - start;
      if (length <= MAX_INSERTION || budget === 0) {
        if (length <= MAX_INSERTION) this.#insertionSort(start, end);
        else this.#heapSort(start, end);
        return;
      }
      if (!balanced) {
        this.#scatter(start, end);
        budget--;
      }
      let [pivot, order] = this.#choosePivot(start, end);
      if (order === "decreasing") {
        this.#reverse(start, end);
        pivot = start + end - 1 - pivot;
        order = "increasing";
      }
      if (balanced && partitioned && order === "increasing" && this.#repair(start, end)) return;
      if (start > 0 && !this.#less(start - 1, pivot)) {
        start = this.#partitionEqual(start, end, pivot);
        continue;
      }
      const [middle, already] = this.#partition(start, end, pivot);
      partitioned = already;
      const left = middle - start;
      const right = end - middle;
      const threshold = Math.floor(length / 8);
      if (left < right) {
        balanced = left >= threshold;
        this.sort(start, middle, budget);
        start = middle + 1;
      } else {
        balanced = right >= threshold;
        this.sort(middle + 1, end, budget);
        end = middle;
      }
    }
  }

  #less(i: number, j: number): boolean {
    return this.#lessItems(this.#items[i]!, this.#items[j]!);
  }

  #swap(i: number, j: number): void {
    const items = this.#items;
    const kept = items[i]!;
    items[i] = items[j]!;
    items[j] = kept;
  }

  #insertionSort(start: number, end: number): void {
    for (let i = start + 1; i < end; i++) this.#sinkLeft(i, start);
  }

  /** Moves an item left until its neighbour is not greater, at most to `limit`. */
  #sinkLeft(from: number, limit: number): void {
    for (let j = from; j > limit && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
  }

  #heapSort(start: number, end: number): void {
    const length = end - start;
    for (let i = (length - 1) >> 1; i >= 0; i--) this.#siftDown(start, i, length);
    for (let i = length - 1; i >= 0; i--) {
      this.#swap(start, start + i);
      this.#siftDown(start, 0, i);
    }
  }

  #siftDown(start: number, from: number, length: number): void {
    for (let root = from, child = 2 * root + 1; child < length; child = 2 * root + 1) {
      if (child + 1 < length && this.#less(start + child, start + child + 1)) child++;
      if (!this.#less(start + root, start + child)) return;
      this.#swap(start + root, start + child);
      root = child;
    }
  }

  /** Exchanges the three items around the middle with others, picked by a generator that the length seeds. */
  #scatter(start: number, end: number): void {
    const length = end - start;
    const mask = (1n << BigInt(bitLength(length))) - 1n;
    const first = start + Math.floor(length / 4) * 2 - 1;
    let random = BigInt(length);
    for (let i = first; i < first + 3; i++) {
      random ^= BigInt.asUintN(64, random << 13n);
      random ^= random >> 7n;
      random ^= BigInt.asUintN(64, random << 17n);
      const other = Number(random & mask);
      this.#swap(i, start + (other >= length ? other - length : other));
    }
  }

  #choosePivot(start: number, end: number): [pivot: number, order: Order] {
    const length = end - start;
    const quarter = Math.floor(length / 4);
    let candidates: [number, number, number] = [start + quarter, start + 2 * quarter, start + 3 * quarter];
    this.#swaps = 0;
    if (length >= SHORTEST_NINTHER) {
      candidates = candidates.map((at) => this.#median(at - 1, at, at + 1)) as [number, number, number];
    }
    const pivot = this.#median(...candidates);
    return [pivot, this.#swaps === 0 ? "increasing" : this.#swaps === MAX_SWAPS ? "decreasing" : "unknown"];
  }

  /** Index of the median of three; counts the exchanges that would order them. */
  #median(a: number, b: number, c: number): number {
    [a, b] = this.#inOrder(a, b);
    [b, c] = this.#inOrder(b, c);
    return this.#inOrder(a, b)[1];
  }

  #inOrder(a: number, b: number): [number, number] {
    if (!this.#less(b, a)) return [a, b];
    this.#swaps++;
    return [b, a];
  }

  #reverse(start: number, end: number): void {
    for (let i = start, j = end - 1; i < j; i++, j--) this.#swap(i, j);
  }

  /** Repairs a few neighbours that are out of order; true when the range is sorted then. */
  #repair(start: number, end: number): boolean {
    let i = start + 1;
    for (let repairs = 0; repairs < MAX_REPAIRS; repairs++) {
      while (i < end && !this.#less(i, i - 1)) i++;
      if (i === end) return true;
      if (end - start < SHORTEST_REPAIR) return false;
      this.#swap(i, i - 1);
      // Both shifts look beyond the range's start only through items that are already smaller.
      if (i - start >= 2) this.#sinkLeft(i - 1, 0);
      if (end - i >= 2) {
        for (let j = i + 1; j < end && this.#less(j, j - 1); j++) this.#swap(j, j - 1);
      }
    }
    return false;
  }

  /** Puts smaller items before the pivot, others behind; gives its new place and whether nothing had to move. */
  #partition(start: number, end: number, pivot: number): [middle: number, already: boolean] {
    this.#swap(start, pivot);
    let i = start + 1;
    let j = end - 1;
    for (let already = true; ; already = false) {
      while (i <= j && this.#less(i, start)) i++;
      while (i <= j && !this.#less(j, start)) j--;
      if (i > j) {
        this.#swap(j, start);
        return [j, already];
      }
      this.#swap(i++, j--);
    }
  }

  /** Puts items equal to the pivot first; none is smaller. Gives where the greater ones begin. */
  #partitionEqual(start: number, end: number, pivot: number): number {
    this.#swap(start, pivot);
    let i = start + 1;
    let j = end - 1;
    for (;;) {
      while (i <= j && !this.#less(start, i)) i++;
      while (i <= j && this.#less(start, j)) j--;
      if (i > j) return i;
      this.#swap(i++, j--);
    }
  }
}

function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}
