import { equal } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import type { Document } from "../../types/genesis.ts";
import { KIND_KEY_MANAGER, type Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { isTxFailure } from "../errors.ts";
import { verifyRuntime } from "../registry/verify-runtime.ts";

/** Whether the genesis document has a valid descriptor of a key manager with the id. Suspended ones do not count. */
export function isGenesisKeyManager(ctx: Context, { registry }: Document, id: Namespace): boolean {
  return (registry.runtimes ?? []).some(
    (runtime) =>
      runtime.kind === KIND_KEY_MANAGER && equal(runtime.id, id) && isValid(ctx, registry.params, runtime),
  );
}

function isValid(ctx: Context, params: Document["registry"]["params"], runtime: Runtime): boolean {
  const rules = {
    params,
    epoch: ctx.currentEpoch(),
    feature261: true,
    blacklist: ctx.chain.blacklist,
    dontBlameOasis: ctx.chain.dontBlameOasis,
  };
  try {
    verifyRuntime(runtime, rules);
    return true;
  } catch (error) {
    if (isTxFailure(error)) {
      return false;
    }
    throw error;
  }
}
