import { expect, test } from "vitest";
import { fromHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { Node } from "../../types/node.ts";
import {
  ROLE_COMPUTE_WORKER,
  ROLE_KEY_MANAGER,
  ROLE_OBSERVER,
  ROLE_STORAGE_RPC,
  ROLE_VALIDATOR,
} from "../../types/roles.ts";
import { registeredServices } from "./peers/registered-services.ts";
import { protocolId, runtimeProtocolId, topicId } from "./protocol-names.ts";

// As an official node's status shows them.
const chain = "d1b955676268f3bc3401628d8e23a1be061d6fec00e92d28b47cab8fcb754bfb";
const runtime = fromHex(`80${"00".repeat(31)}`) as Namespace;
const light = `/oasis/${chain}/light/1.0.0`;
const hex = `80${"00".repeat(31)}`;

test("names of protocols and topics", () => {
  expect(protocolId(chain, "light", 1)).toBe(light);
  expect(runtimeProtocolId(chain, "storagesync", runtime, 2)).toBe(
    `/oasis/${chain}/storagesync/${hex}/2.0.0`,
  );
  expect(topicId(chain, "tx", runtime)).toBe(`oasis/${chain}/tx/${hex}/5.0.0`);
});

const storage = ["diffsync/1", "checkpointsync/1", "storagesync/2"];

test.each([
  ["a validator", ROLE_VALIDATOR, [], []],
  ["a compute node", ROLE_COMPUTE_WORKER, ["txsync/2", ...storage], ["committee", "tx"]],
  ["an observer", ROLE_OBSERVER, storage, []],
  ["a node that serves state", ROLE_STORAGE_RPC, [...storage, "storagepub/2"], []],
  ["a key manager", ROLE_KEY_MANAGER, ["keymanager/2"], []],
])("%s serves light clients and more", (_, roles, protocols, topics) => {
  const runtimes = [{ ...Node.zero(), id: runtime }] as unknown as Node["runtimes"];
  expect(new Set(registeredServices({ roles, runtimes }, chain))).toEqual(
    new Set([
      light,
      ...protocols.map((text) => {
        const [name, major] = text.split("/");
        return `/oasis/${chain}/${name}/${hex}/${major}.0.0`;
      }),
      ...topics.map((kind) => `oasis/${chain}/${kind}/${hex}/5.0.0`),
    ]),
  );
});
