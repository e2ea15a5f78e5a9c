import { QanatError } from "../../../src/codec/errors.ts";
import type { Ref } from "../../../src/storage/mkvs/node.ts";

/** Thrown by the tree when it comes to a node that has not been fetched from the host yet. */
export class MissingNode extends QanatError {
  readonly ref: Ref;

  constructor(ref: Ref) {
    super("paratime/missing-node", "a node of the state tree has not been fetched from the host");
    this.name = "MissingNode";
    this.ref = ref;
  }
}
