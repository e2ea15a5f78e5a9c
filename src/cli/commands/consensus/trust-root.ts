import { NodeProvider } from "../../../api/node-provider.ts";
import { parseProviderAddress } from "../../../api/provider-address.ts";
import { fetchTrustRoot, type TrustRoot } from "../../../chain/light/trust-root.ts";
import { toHex } from "../../../codec/bytes.ts";
import { cometChainId } from "../../../config/genesis/chain-context.ts";
import { networkName } from "../../../config/networks/known-networks.ts";
import { defineCommand } from "../../command.ts";
import { CommandError, exitCode, UsageError } from "../../errors.ts";
import type { Given } from "../../given.ts";

interface Input {
  /** 0: the newest that all have. */
  readonly height: bigint;
  readonly sources: readonly string[];
}

/** @throws UsageError unless there are two sources that can be asked */
export function resolveTrustRoot(given: Given): Input {
  const sources = [...new Set(given.args)];
  if (sources.length < 2)
    throw new UsageError("name two different nodes at least, so that they can be compared");
  for (const source of sources) parseProviderAddress(source);
  return { height: given.u64("height"), sources };
}

export const consensusTrustRoot = defineCommand<Input>({
  path: "consensus trust_root",
  summary: "ask several nodes for the block that a light client begins from",
  notes:
    "Sources are addresses as in `consensus.light_client.trust.sources`. Prints the part of a configuration file, for " +
    "this node and for the official one, when all of them have the same block of the same network; else what each says. " +
    "Exits with 128 when one does not answer.",
  args: [{ name: "SOURCE", summary: "nodes of which not all will lie, two or more", isRest: true }],
  options: [
    {
      name: "height",
      value: "N",
      default: "0",
      summary: "height of the block; 0 is the newest that all have",
    },
  ],
  resolve: resolveTrustRoot,
  run: async ({ height, sources }, io) => {
    const providers = sources.map((source) => new NodeProvider(parseProviderAddress(source)));
    try {
      const context = await chainContextOf(providers, io.signal);
      const root = await fetchTrustRoot(providers, cometChainId(context), height, io.signal);
      io.out(configuration(root, context));
      return exitCode.ok;
    } finally {
      for (const provider of providers) provider.close();
    }
  },
});

/** The chain context that all of them have. */
async function chainContextOf(providers: readonly NodeProvider[], signal: AbortSignal): Promise<string> {
  const contexts = await Promise.all(
    providers.map(async (provider) => {
      try {
        return await (await provider.client()).call("Consensus", "GetChainContext", null, { signal });
      } catch (cause) {
        signal.throwIfAborted();
        throw new CommandError(`${provider.name} does not answer`, { exitCode: exitCode.rpcFailed, cause });
      }
    }),
  );
  const [context] = contexts;
  if (contexts.every((other) => other === context)) return context!;
  const said = providers.map(({ name }, i) => `${name} is of ${contexts[i]}`).join(", ");
  throw new CommandError(`the nodes are of different networks: ${said}`);
}

function configuration({ height, hash }: TrustRoot, context: string): string {
  const name = networkName(context, null);
  const network = name === "" ? `the network with chain context ${context}` : name;
  return [
    `# Block ${height} of ${network}, as all of the nodes have it.`,
    "consensus:",
    "  light_client:",
    "    trust:",
    `      height: ${height}`,
    `      hash: "${toHex(hash)}"`,
    "",
  ].join("\n");
}
