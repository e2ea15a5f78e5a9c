import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import type { Method } from "../../src/api/method.ts";
import { type SampleRequest, sampleRequests } from "../../src/api/testing/sample-requests.ts";
import { compare, toHex } from "../../src/codec/bytes.ts";
import { CodedError } from "../../src/codec/errors.ts";
import { type Codec, encode } from "../../src/codec/schema.ts";
import { type NodeProcess, startNode } from "./command.ts";

/** A stateless node in a process of its own. Leaving its scope ends it at once. */
export interface StatelessProcess extends AsyncDisposable {
  readonly socket: string;
  /** Over its internal socket. */
  readonly client: ApiClient;
  readonly process: NodeProcess;
}

export interface StatelessSetUp {
  readonly genesis: string;
  /** As `consensus.providers` has them. */
  readonly providers: readonly string[];
  /** The block that is trusted. */
  readonly trust: { readonly height: bigint; readonly hash: Uint8Array };
}

/** Starts a node with `consensus.local_storage: false` and waits until it follows the chain. */
export async function startStateless({
  genesis,
  providers,
  trust,
}: StatelessSetUp): Promise<StatelessProcess> {
  const dir = mkdtempSync(join(tmpdir(), "qanat-sl-"));
  const config = {
    mode: "client",
    common: {
      data_dir: join(dir, "node"),
      log: { level: { default: "info" }, format: "JSON" },
      debug: { allow_root: true },
    },
    genesis: { file: genesis },
    consensus: {
      local_storage: false,
      providers,
      light_client: {
        trust: { period: "24h", height: Number(trust.height), hash: toHex(trust.hash) },
      },
    },
  };
  const configPath = join(dir, "config.yml");
  writeFileSync(configPath, stringify(config));
  const process = startNode(["--config", configPath, "--debug.dont_blame_oasis"]);
  const socket = join(dir, "node", "internal.sock");
  const client = new ApiClient(parseDialAddress(`unix:${socket}`));
  const end = async () => {
    client.close();
    await process[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await process.started();
    await client.call("NodeController", "WaitSync", null);
  } catch (error) {
    await end();
    throw error;
  }
  return { socket, client, process, [Symbol.asyncDispose]: end };
}

/** Not the same on a node without a state: what it says of itself, and what it does not do. And what waits. */
const DIFFERENT =
  /^Consensus\/(GetStatus|StateToGenesis|GetNextBlockState|GetLastRetainedHeight|GetLatestHeight|GetUnconfirmedTransactions)$|WaitEpoch$/;

/** A light block of the head may have other signatures on every node. */
const OF_THE_HEAD = /^Consensus\/GetLightBlock$/;

/**
 * Asks two nodes everything about a height that lies behind the head.
 * @returns one line for each answer that differs, and how many were compared
 */
export async function compareAnswers(
  full: ApiClient,
  other: ApiClient,
  height: bigint,
): Promise<{ readonly compared: number; readonly differences: readonly string[] }> {
  const [entities, nodes, runtimes, owners] = await Promise.all([
    full.call("Registry", "GetEntities", height),
    full.call("Registry", "GetNodes", height),
    full.call("Registry", "GetRuntimes", { height, include_suspended: true }),
    full.call("Staking", "Addresses", height),
  ]);
  const things = {
    entity: entities?.[0]?.id,
    node: nodes?.[0]?.id,
    runtime: runtimes?.[0]?.id,
    owner: owners?.[0],
    beneficiary: owners?.at(-1),
  };
  const differences: string[] = [];
  let compared = 0;
  for (const request of sampleRequests(things, height)) {
    const id = `${request.service}/${request.name}`;
    if (request.method.kind === "stream" || DIFFERENT.test(id) || OF_THE_HEAD.test(id)) continue;
    const [expected, got] = [await outcome(full, request), await outcome(other, request)];
    // Gone from the official node.
    if ([expected, got].some((text) => text.startsWith("unknown method"))) continue;
    compared++;
    if (expected !== got) differences.push(`${id}: expected ${expected}, got ${got}`);
  }
  return { compared, differences };
}

/** What a call comes to: the bytes of its answer, or the error in its wire form. */
async function outcome(client: ApiClient, { service, name, method, value }: SampleRequest): Promise<string> {
  try {
    const answer: unknown = await client.call(service, name as never, value as never);
    // The official node gives these in any order.
    if (`${service}/${name}` === "Scheduler/GetValidators") {
      (answer as { id: Uint8Array }[]).sort((a, b) => compare(a.id, b.id));
    }
    return toHex(encode((method as Method & { response: Codec<unknown> }).response, answer));
  } catch (error) {
    if (error instanceof CodedError) return `${error.module}/${error.wireCode}`;
    return (error as Error).message;
  }
}
