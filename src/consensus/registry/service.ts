import { encode } from "../../codec/schema.ts";
import { SignedEntity } from "../../types/entity.ts";
import { registryErrors } from "../../types/errors.ts";
import { MultiSignedNode } from "../../types/node.ts";
import { ProveFreshness, UnfreezeNode } from "../../types/registry.ts";
import type { RegistryMessage } from "../../types/roothash-message.ts";
import { Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { messages, onMessage } from "../messages.ts";
import { method, rawMethod, type Service } from "../service.ts";
import { beginBlock } from "./begin-block.ts";
import { changeParameters } from "./change-parameters.ts";
import { deregisterEntity } from "./deregister-entity.ts";
import { initChain } from "./genesis.ts";
import { proveFreshness } from "./prove-freshness.ts";
import { registerEntity } from "./register-entity.ts";
import { registerNode } from "./register-node.ts";
import { registerRuntime } from "./register-runtime.ts";
import { unfreezeNode } from "./unfreeze-node.ts";

const undecodable = registryErrors.invalidArgument;

/** The registry: entities, their nodes, and ParaTimes. consensus-a.md section 3. */
export const registryService: Service = {
  name: "200_registry",
  priority: 50_000n,
  methods: {
    "registry.RegisterEntity": method(SignedEntity, undecodable, registerEntity),
    "registry.DeregisterEntity": rawMethod(deregisterEntity),
    "registry.RegisterNode": method(MultiSignedNode, undecodable, registerNode, { priority: 60_000n }),
    "registry.UnfreezeNode": method(UnfreezeNode, undecodable, unfreezeNode),
    "registry.RegisterRuntime": method(Runtime, undecodable, registerRuntime),
    "registry.ProveFreshness": method(ProveFreshness, undecodable, proveFreshness),
  },
  messages: [
    onMessage(messages.runtimeRegistry, executeRuntimeMessage),
    onMessage(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
    onMessage(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
  ],
  initChain,
  beginBlock,
};

/** A ParaTime's message. @returns CBOR of the descriptor, or null in simulation */
function executeRuntimeMessage(ctx: Context, message: RegistryMessage): Uint8Array | null {
  if (message.update_runtime === null) {
    throw registryErrors.invalidArgument();
  }
  registerRuntime(ctx, message.update_runtime);
  return ctx.isSimulation || ctx.isCheckOnly ? null : encode(Runtime, message.update_runtime);
}
