/** What a command may touch of the terminal. */
export interface Io {
  /** Writes to standard output as it is. */
  out(text: string): void;
  /** Writes to standard error as it is. */
  err(text: string): void;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  /** Asks a yes/no question. */
  confirm(question: string): Promise<boolean>;
  /** Aborts when the user or the system asks the process to end. */
  readonly signal: AbortSignal;
}

/** The process's own terminal. */
export function processIo(signal: AbortSignal): Io {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => {
      // Whoever read the output has gone, as `head` does.
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    // Looked at only when it matters: opening standard input takes as long as a short command.
    get isInteractive() {
      return process.stdin.isTTY === true;
    },
    confirm: async (question) => {
      const { createInterface } = await import("node:readline/promises");
      const terminal = createInterface({ input: process.stdin, output: process.stdout });
      try {
        const answer = await terminal.question(question, { signal });
        return /^y(es)?$/i.test(answer.trim());
      } finally {
        terminal.close();
      }
    },
    signal,
  };
}
