import { bytes, type Infer, nullable, optional, raw, struct, text, u8, u64 } from "../../src/codec/schema.ts";

/**
 * Requests and answers of the key/value ParaTime: the format of the official `simple-keyvalue`
 * (oasis-core v26.1 tests/runtimes/simple-keyvalue), so that its clients work with both.
 */

/** A transaction. `sender` is any name that the caller chooses; its nonces count up from 0. */
export const Call = struct("Call", { sender: bytes, nonce: u64, method: text, args: raw });
export type Call = Infer<typeof Call>;

/** What a transaction gives: one of the two. `Success` is the CBOR of the method's result. */
export const CallOutput = struct("CallOutput", {
  Success: optional(raw),
  Error: optional(nullable(text)),
});
export type CallOutput = Infer<typeof CallOutput>;

/** `generation` and `churp_id` mean something only with a key manager; they may be left out. */
export const KeyArgs = struct("KeyArgs", { key: text, generation: u64, churp_id: u8 });
export type KeyArgs = Infer<typeof KeyArgs>;

export const InsertArgs = struct("InsertArgs", { key: text, value: text, generation: u64, churp_id: u8 });
export type InsertArgs = Infer<typeof InsertArgs>;
