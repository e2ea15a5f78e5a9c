import { MessageFault } from "./message-fault.ts";

/** So many at once, and no more: a message too many is dropped, its publisher sends it again. */
export class Throttle {
  readonly #limit: number;
  readonly #parent: Throttle | null;
  #inside = 0;

  /** @param parent limits several of these together */
  constructor(limit: number, parent: Throttle | null = null) {
    this.#limit = limit;
    this.#parent = parent;
  }

  /** @throws MessageFault when there is no room */
  enter(): void {
    if (this.#inside >= this.#limit) throw new MessageFault("drop", "too many messages at once");
    this.#parent?.enter();
    this.#inside++;
  }

  leave(): void {
    this.#inside--;
    this.#parent?.leave();
  }
}
