import { type Infer, i64, list, struct, text, u64, unixTime } from "../codec/schema.ts";

// What the status says of a node that keeps no consensus state. Not in the official node.

/** A node that is asked, and how it answers. */
export const ProviderStatus = struct("ProviderStatus", {
  address: text,
  /** Newest height that it has told; 0 before. */
  height: i64,
  /** `answers`, or what went wrong with the last question. */
  answer: text,
  /** Of that. */
  since: unixTime,
  /** Answers in a row: the highest is asked first. */
  score: u64,
  /** Answers since the start that did not verify, and what was wrong with the last. */
  wrong_answers: u64,
  wrong: text,
});
export type ProviderStatus = Infer<typeof ProviderStatus>;

/** A node that keeps no consensus state: it asks `providers` and verifies their answers. */
export const StatelessStatus = struct("StatelessStatus", {
  providers: list(ProviderStatus),
  /** Memory that proven parts of the state take. */
  state_bytes: u64,
});
export type StatelessStatus = Infer<typeof StatelessStatus>;
