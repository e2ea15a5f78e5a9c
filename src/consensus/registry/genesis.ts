import { fromHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import type { Document } from "../../types/genesis.ts";
import { KIND_COMPUTE, KIND_KEY_MANAGER } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { registerEntity } from "./register-entity.ts";
import { registerNode } from "./register-node.ts";
import { registerRuntime } from "./register-runtime.ts";
import { suspendRuntime } from "./runtime-state.ts";
import { setNodeStatus, setParameters } from "./state.ts";
import { verifyRuntime } from "./verify-runtime.ts";

/**
 * Registers what the genesis document lists, by the rules of transactions where they apply (consensus-a.md 3.10).
 * @throws QanatError when the document lists something that cannot be registered
 */
export function initChain(ctx: Context, document: Document): void {
  const genesis = document.registry;
  setParameters(ctx, genesis.params);
  for (const entity of genesis.entities ?? []) {
    registerEntity(ctx, entity);
  }
  // Key managers first: compute ParaTimes name them.
  for (const kind of [KIND_KEY_MANAGER, KIND_COMPUTE]) {
    for (const runtime of genesis.runtimes ?? []) {
      // Checked once more with "no epoch yet", when every deployment counts as past.
      verifyRuntime(runtime, {
        params: genesis.params,
        epoch: ctx.currentEpoch(),
        feature261: true,
        blacklist: ctx.chain.blacklist,
        dontBlameOasis: ctx.chain.dontBlameOasis,
      });
      if (runtime.kind === kind) {
        registerRuntime(ctx, runtime);
      }
    }
  }
  for (const runtime of genesis.suspended_runtimes ?? []) {
    registerRuntime(ctx, runtime);
    suspendRuntime(ctx, runtime.id);
  }
  for (const node of genesis.nodes ?? []) {
    registerNode(ctx, node);
  }
  for (const [id, status] of genesis.node_statuses ?? []) {
    setNodeStatus(ctx.state, fromHex(id) as PublicKey, status);
  }
}
