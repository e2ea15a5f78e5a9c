const NEWLINE = 0x0a;

/** Longest line that is kept, in bytes; official ParaTimes write shorter ones. */
export const MAX_LINE_BYTES = 10_000;

/**
 * Cuts a byte stream into lines. A line longer than {@link MAX_LINE_BYTES} is dropped and counted.
 */
export class LineSplitter {
  #pending = Buffer.alloc(0);
  #discarding = false;
  #droppedLines = 0;
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Lines that were too long. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** Forgets the unfinished line and everything up to the next line break: bytes were left out in between. */
  skip(): void {
    this.#pending = Buffer.alloc(0);
    this.#discarding = true;
  }

  /** The stream has ended: what is left is a line, too. */
  end(): void {
    if (this.#pending.length > 0) this.#finish(Buffer.alloc(0));
  }

  #finish(rest: Buffer): void {
    const discarding = this.#discarding;
    const line = this.#pending.length === 0 ? rest : Buffer.concat([this.#pending, rest]);
    this.#pending = Buffer.alloc(0);
    this.#discarding = false;
    if (discarding) return;
    if (line.length > MAX_LINE_BYTES) {
      this.#droppedLines++;
      return;
    }
    const text = line.toString().trim();
    if (text !== "") this.#onLine(text);
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0 || this.#discarding) return;
    if (this.#pending.length + rest.length > MAX_LINE_BYTES) {
      this.#droppedLines++;
      this.skip();
      return;
    }
    this.#pending = Buffer.concat([this.#pending, rest]);
  }
}
