import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Size at which a log starts anew unless configured (`runtime.log.max_log_size`), in bytes. */
export const DEFAULT_MAX_LOG_SIZE = 1024 * 1024;
/** Smallest size that can be configured. */
export const SMALLEST_MAX_LOG_SIZE = 1024;

/**
 * A file of lines that starts empty, and starts anew when the next line would make it larger than allowed. A disk that
 * is full loses lines, never the node.
 */
export class LogFile {
  readonly path: string;
  readonly #maxSize: number;
  #descriptor: number | null = null;
  #size = 0;
  #lostLines = 0;

  /** @param maxSize bytes */
  constructor(path: string, maxSize = DEFAULT_MAX_LOG_SIZE) {
    this.path = path;
    this.#maxSize = Math.max(maxSize, SMALLEST_MAX_LOG_SIZE);
    this.#startAnew();
  }

  /** Lines that could not be written. */
  get lostLines(): number {
    return this.#lostLines;
  }

  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#size > 0 && this.#size + bytes.length > this.#maxSize) this.#startAnew();
    if (this.#descriptor === null || bytes.length > this.#maxSize) {
      this.#lostLines++;
      return;
    }
    try {
      this.#size += writeSync(this.#descriptor, bytes);
    } catch {
      this.#lostLines++;
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #startAnew(): void {
    this.close();
    this.#size = 0;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      this.#descriptor = openSync(this.path, "w", 0o600);
    } catch {
      // Counted line by line in `append`.
    }
  }
}
