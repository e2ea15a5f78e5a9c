import { describe, expect, test } from "vitest";
import { wirePair } from "../../types/errors.ts";
import { Node, type NodeRuntime } from "../../types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_OBSERVER, ROLE_VALIDATOR } from "../../types/roles.ts";
import { Runtime } from "../../types/runtime.ts";
import { verifyNodeUpdate } from "./verify-node-update.ts";

const EPOCH = 10n;
const A = new Uint8Array(32).fill(1);
const B = new Uint8Array(32).fill(2);
const key = (n: number) => new Uint8Array(32).fill(n);

function offer(id: Uint8Array, major: number, tee: number | null = null): NodeRuntime {
  const capability = tee === null ? null : { hardware: tee, rak: key(5), rek: null, attestation: null };
  return { id, version: { major, minor: 0, patch: 0 }, capabilities: { tee: capability }, extra_info: null };
}

function node(rest: Partial<Node> = {}): Node {
  return {
    ...Node.zero(),
    id: key(6),
    entity_id: key(7),
    consensus: { id: key(8), addresses: null },
    expiration: EPOCH + 1n,
    roles: ROLE_COMPUTE_WORKER,
    runtimes: [offer(A, 2)],
    ...rest,
  };
}

/** Versions 1 and 2 of A are past, 2 is active, 3 comes; B has nothing active. */
const deployed = (versions: [number, bigint][]) => ({
  ...Runtime.zero(),
  deployments: versions.map(([major, from]) => ({
    version: { major, minor: 0, patch: 0 },
    valid_from: from,
    tee: null,
    bundle_checksum: null,
  })),
});
const runtimes = [
  {
    id: A,
    runtime: deployed([
      [2, 5n],
      [3, 11n],
    ]),
  },
  { id: B, runtime: deployed([[1, 11n]]) },
];

function outcome(current: Node, next: Node): string {
  const lookup = (id: Uint8Array) => runtimes.find((r) => r.id[0] === id[0])?.runtime ?? null;
  try {
    verifyNodeUpdate(current, next, EPOCH, lookup);
    return "ok";
  } catch (error) {
    const { module, code } = wirePair(error);
    return `${module}/${code}`;
  }
}

const expired = { expiration: EPOCH - 1n };

describe("update rules of nodes (consensus-a.md 3.3 step 17)", () => {
  test.each([
    ["nothing changes", node(), node(), "ok"],
    ["another entity", node(), node({ entity_id: key(1) }), "registry/17"],
    ["another consensus key", node(), node({ consensus: { id: key(1), addresses: null } }), "registry/17"],
    ["another entity after expiration", node(expired), node({ entity_id: key(1) }), "registry/17"],
    ["other keys", node(), node({ p2p: { id: key(1), addresses: null }, vrf: { id: key(2) } }), "ok"],
    ["one more role", node(), node({ roles: ROLE_COMPUTE_WORKER | ROLE_OBSERVER }), "ok"],
    ["one of two roles is dropped", node({ roles: ROLE_COMPUTE_WORKER | ROLE_OBSERVER }), node(), "ok"],
    ["no common role", node(), node({ roles: ROLE_VALIDATOR }), "registry/17"],
    ["no common role after expiration", node(expired), node({ roles: ROLE_VALIDATOR, runtimes: null }), "ok"],
    ["the ParaTime is dropped", node(), node({ runtimes: [] }), "registry/17"],
    ["a ParaTime is added", node(), node({ runtimes: [offer(A, 2), offer(B, 1)] }), "ok"],
    ["the active version is dropped", node(), node({ runtimes: [offer(A, 3)] }), "registry/17"],
    ["the next version is dropped", node({ runtimes: [offer(A, 2), offer(A, 3)] }), node(), "registry/17"],
    ["an older version is dropped", node({ runtimes: [offer(A, 1), offer(A, 2)] }), node(), "ok"],
    [
      "a version that is not deployed is dropped",
      node({ runtimes: [offer(A, 2), offer(A, 9)] }),
      node(),
      "ok",
    ],
    [
      "any version when none is active",
      node({ runtimes: [offer(B, 1)] }),
      node({ runtimes: [offer(B, 2)] }),
      "ok",
    ],
    [
      "an unknown ParaTime is kept",
      node({ runtimes: [offer(key(9), 1)] }),
      node({ runtimes: [offer(key(9), 1)] }),
      "registry/17",
    ],
    ["TEE appears", node(), node({ runtimes: [offer(A, 2, 1)] }), "registry/17"],
    ["TEE disappears", node({ runtimes: [offer(A, 2, 1)] }), node(), "registry/17"],
    [
      "TEE of another kind",
      node({ runtimes: [offer(A, 2, 1)] }),
      node({ runtimes: [offer(A, 2, 2)] }),
      "registry/17",
    ],
    ["TEE stays", node({ runtimes: [offer(A, 2, 1)] }), node({ runtimes: [offer(A, 2, 1)] }), "ok"],
  ])("%s", (_, current, next, expected) => {
    expect(outcome(current, next)).toBe(expected);
  });
});
