import { describe, expect, test } from "vitest";
import { toHex } from "../../codec/bytes.ts";
import { createBlacklist, reservedKeys } from "../../crypto/blacklist.ts";
import { wirePair } from "../../types/errors.ts";
import { Node } from "../../types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_OBSERVER, ROLE_RESERVED_3, ROLE_VALIDATOR } from "../../types/roles.ts";
import { Runtime, RuntimeAdmissionPolicy } from "../../types/runtime.ts";
import { isValidAdmissionPolicy, verifyAdmission } from "./admission.ts";

const EPOCH = 10n;
const ENTITY = new Uint8Array(32).fill(1);
const STRANGER = new Uint8Array(32).fill(2);
const RUNTIME = new Uint8Array(32).fill(3);
const blacklist = createBlacklist({ allowTestKeys: false });

type Policy = RuntimeAdmissionPolicy;
const NONE: Policy = RuntimeAdmissionPolicy.zero();
const anyNode: Policy = { ...NONE, any_node: {} };

/** Whitelist of entities; the roles of each with their limits. */
function whitelist(entities: [Uint8Array, [number, number][] | null][]): Policy {
  const entries = entities.map(
    ([key, roles]) => [toHex(key), { max_nodes: roles && new Map(roles) }] as const,
  );
  return { ...NONE, entity_whitelist: { entities: new Map(entries) } };
}

/** Whitelists per role; the limit of each entity. */
function perRole(roles: [number, [Uint8Array, number][] | null][]): Policy {
  const entries = roles.map(([role, entities]) => {
    const listed = entities?.map(([key, max]) => [toHex(key), { max_nodes: max }] as const);
    return [role, { entity_whitelist: listed === undefined ? null : { entities: new Map(listed) } }] as const;
  });
  return { ...NONE, per_role: new Map(entries) };
}

function node(id: number, roles: number, rest: Partial<Node> = {}): Node {
  const offered = {
    id: RUNTIME,
    version: { major: 1, minor: 0, patch: 0 },
    capabilities: { tee: null },
    extra_info: null,
  };
  return {
    ...Node.zero(),
    id: new Uint8Array(32).fill(id),
    entity_id: ENTITY,
    expiration: EPOCH + 1n,
    runtimes: [offered],
    roles,
    ...rest,
  };
}

describe("shape", () => {
  test.each([
    ["nothing", NONE, false],
    ["any node", anyNode, true],
    ["any node and a whitelist", { ...whitelist([]), any_node: {} }, false],
    ["any node and no roles", { ...anyNode, per_role: new Map() }, false],
    ["an empty whitelist", whitelist([]), true],
    ["a whitelist without limits", whitelist([[ENTITY, null]]), true],
    ["a whitelist with a limit", whitelist([[ENTITY, [[ROLE_COMPUTE_WORKER, 1]]]]), true],
    [
      "a whitelist with two roles in one",
      whitelist([[ENTITY, [[ROLE_COMPUTE_WORKER | ROLE_OBSERVER, 1]]]]),
      false,
    ],
    ["a whitelist with a reserved role", whitelist([[ENTITY, [[ROLE_RESERVED_3, 1]]]]), false],
    ["a whitelist with a blacklisted key", whitelist([[reservedKeys.commonPool, null]]), false],
    ["a role without a whitelist", perRole([[ROLE_OBSERVER, null]]), true],
    ["a role with a whitelist", perRole([[ROLE_OBSERVER, [[ENTITY, 1]]]]), true],
    ["two roles in one", perRole([[ROLE_OBSERVER | ROLE_COMPUTE_WORKER, null]]), false],
    ["a role with a blacklisted key", perRole([[ROLE_OBSERVER, [[reservedKeys.burn, 1]]]]), false],
    [
      "a whitelist and roles",
      { ...whitelist([]), ...perRole([[ROLE_OBSERVER, null]]), entity_whitelist: { entities: new Map() } },
      true,
    ],
  ] as [string, Policy, boolean][])("%s", (_, policy, valid) => {
    expect(isValidAdmissionPolicy(policy, blacklist)).toBe(valid);
  });
});

describe("who is admitted", () => {
  const compute = node(9, ROLE_COMPUTE_WORKER);
  const both = node(9, ROLE_COMPUTE_WORKER | ROLE_OBSERVER);

  function outcome(policy: Policy, candidate: Node, others: Node[] = []): string {
    const runtime = { ...Runtime.zero(), id: RUNTIME, admission_policy: policy };
    try {
      verifyAdmission(runtime, candidate, EPOCH, () => others);
      return "admitted";
    } catch (error) {
      const { module, code } = wirePair(error);
      return `${module}/${code}`;
    }
  }

  const one = whitelist([[ENTITY, [[ROLE_COMPUTE_WORKER, 1]]]]);
  const two = whitelist([[ENTITY, [[ROLE_COMPUTE_WORKER, 2]]]]);
  const other = node(8, ROLE_COMPUTE_WORKER);

  test.each([
    ["anybody", outcome(anyNode, compute), "admitted"],
    ["an entity that is not listed", outcome(whitelist([[STRANGER, null]]), compute), "registry/16"],
    [
      "any number without limits",
      outcome(whitelist([[ENTITY, null]]), compute, [other, node(7, ROLE_COMPUTE_WORKER)]),
      "admitted",
    ],
    ["any number with empty limits", outcome(whitelist([[ENTITY, []]]), compute, [other]), "admitted"],
    ["the first of one", outcome(one, compute), "admitted"],
    ["the second of one", outcome(one, compute, [other]), "registry/16"],
    ["the second of two", outcome(two, compute, [other]), "admitted"],
    ["the third of two", outcome(two, compute, [other, node(7, ROLE_COMPUTE_WORKER)]), "registry/16"],
    ["the same node again", outcome(one, compute, [compute]), "admitted"],
    [
      "beside an expired node",
      outcome(one, compute, [node(8, ROLE_COMPUTE_WORKER, { expiration: EPOCH - 1n })]),
      "admitted",
    ],
    [
      "beside a node that expires now",
      outcome(one, compute, [node(8, ROLE_COMPUTE_WORKER, { expiration: EPOCH })]),
      "registry/16",
    ],
    [
      "beside a node of another ParaTime",
      outcome(one, compute, [node(8, ROLE_COMPUTE_WORKER, { runtimes: null })]),
      "admitted",
    ],
    ["beside a node in another role", outcome(one, compute, [node(8, ROLE_OBSERVER)]), "admitted"],
    ["a role that is not listed", outcome(one, both), "registry/16"],
    [
      "a role of which none are allowed",
      outcome(whitelist([[ENTITY, [[ROLE_COMPUTE_WORKER, 0]]]]), compute),
      "registry/16",
    ],
    [
      "every role is counted by itself",
      outcome(
        whitelist([
          [
            ENTITY,
            [
              [ROLE_COMPUTE_WORKER, 1],
              [ROLE_OBSERVER, 2],
            ],
          ],
        ]),
        both,
        [node(8, ROLE_OBSERVER)],
      ),
      "admitted",
    ],
    ["a role without a policy", outcome(perRole([[ROLE_VALIDATOR, [[STRANGER, 1]]]]), compute), "admitted"],
    ["a role with an open policy", outcome(perRole([[ROLE_COMPUTE_WORKER, null]]), compute), "admitted"],
    [
      "not listed for the role",
      outcome(perRole([[ROLE_COMPUTE_WORKER, [[STRANGER, 1]]]]), compute),
      "registry/16",
    ],
    [
      "any number in the role",
      outcome(perRole([[ROLE_COMPUTE_WORKER, [[ENTITY, 0]]]]), compute, [other]),
      "admitted",
    ],
    [
      "one too many in the role",
      outcome(perRole([[ROLE_COMPUTE_WORKER, [[ENTITY, 1]]]]), compute, [other]),
      "registry/16",
    ],
  ])("%s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
});
