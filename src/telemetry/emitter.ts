/** Takes a listener away again. Calling it twice is harmless. */
export type Disposer = () => void;

/** Listeners of one kind of event, called in the order in which they subscribed. */
export interface Subscribable<T> {
  subscribe(listener: (value: T) => void): Disposer;
}

/** The emitting side, which the owner of the event keeps to itself. */
export class Emitter<T> implements Subscribable<T> {
  readonly #listeners = new Set<(value: T) => void>();

  get listenerCount(): number {
    return this.#listeners.size;
  }

  subscribe(listener: (value: T) => void): Disposer {
    // A wrapper, so that one function subscribed twice is two subscriptions.
    const entry = (value: T) => listener(value);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** Listeners added while emitting hear the next event, not this one. */
  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Resolves with the next value that satisfies `accept`; rejects with the signal's reason when it aborts first. */
  next(accept: (value: T) => boolean, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const stop = () => {
        dispose();
        reject(signal.reason);
      };
      const dispose = this.subscribe((value) => {
        if (!accept(value)) return;
        dispose();
        signal.removeEventListener("abort", stop);
        resolve(value);
      });
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}
