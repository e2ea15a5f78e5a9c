import { type Codec, encode } from "../../codec/codec.ts";
import type { Method, ServiceTable } from "../method.ts";
import { type ServiceName, services } from "../method-table.ts";

/** Things that a chain has, for requests about them; what is left out is asked for by zeros. */
export interface ChainThings {
  readonly entity: Uint8Array | undefined;
  readonly node: Uint8Array | undefined;
  readonly runtime: Uint8Array | undefined;
  readonly owner: Uint8Array | undefined;
  readonly beneficiary: Uint8Array | undefined;
}

export interface SampleRequest {
  readonly service: ServiceName;
  readonly name: string;
  readonly path: string;
  readonly method: Method;
  readonly value: unknown;
  /** The value encoded; empty for a method without a request. */
  readonly request: Uint8Array;
}

const CONSENSUS_SERVICES: ReadonlySet<string> = new Set([
  ...["Consensus", "Beacon", "Scheduler", "Registry", "Staking", "RootHash", "Governance", "Vault"],
  ...["KeyManager", "KeyManager.Secrets", "KeyManager.Churp"],
]);

/** A request of each method of the consensus layer that changes nothing, about things that the chain has. */
export function* sampleRequests(things: ChainThings, height: bigint): Iterable<SampleRequest> {
  const { entity, node, runtime, owner, beneficiary } = things;
  const known: Record<string, unknown> = {
    height,
    owner,
    beneficiary,
    account_address: owner,
    address: owner,
    vault: owner,
    runtime_id: runtime,
    round: 1n,
  };
  for (const [service, table] of Object.entries(services as Record<string, ServiceTable>)) {
    if (!CONSENSUS_SERVICES.has(service)) continue;
    for (const [name, method] of Object.entries(table) as [string, Method][]) {
      if (name.startsWith("Submit") || name.startsWith("StateSync") || name === "EstimateGas") continue;
      const codec = method.request as Codec<unknown> | null;
      known.id = service === "Registry" ? (name.includes("Entity") ? entity : node) : runtime;
      if (service === "Registry" && name === "GetRuntime") known.id = runtime;
      if (service === "Governance") known.id = 1n;
      const value = requestValue(method, height, known);
      yield {
        service: service as ServiceName,
        name,
        path: `/oasis-core.${service}/${name}`,
        method,
        value,
        request: codec === null ? new Uint8Array(0) : encode(codec, value),
      };
    }
  }
}

function requestValue(method: Method, height: bigint, known: Record<string, unknown>): unknown {
  const zero = (method.request as Codec<unknown> | null)?.zero() ?? null;
  if (typeof zero === "bigint") return method.height === "none" ? 1n : height;
  if (zero instanceof Uint8Array) return known.runtime_id ?? zero;
  if (zero === null) return null;
  return Object.fromEntries(Object.entries(zero).map(([key, empty]) => [key, known[key] ?? empty]));
}
