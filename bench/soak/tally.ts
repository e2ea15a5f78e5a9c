/** What became of the transactions of one kind. */
export class Tally {
  sent = 0;
  /** Reported final. */
  final = 0;
  /** No answer came, because the node ended, and the chain has it. */
  finalUnheard = 0;
  /** Reported failed: by the node, or by the connection while there was no node. */
  readonly failed = new Map<string, number>();
  /** Must stay empty. */
  readonly lost: string[] = [];

  fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.failed.set(reason, (this.failed.get(reason) ?? 0) + 1);
  }

  get failures(): number {
    return [...this.failed.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Whether each one is in exactly one of the places. */
  get isComplete(): boolean {
    return this.lost.length === 0 && this.sent === this.final + this.finalUnheard + this.failures;
  }
}
