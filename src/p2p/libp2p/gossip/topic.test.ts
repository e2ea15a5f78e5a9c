import { expect, test } from "vitest";
import type { PublicKey } from "../../../codec/common-types.ts";
import { i64, text } from "../../../codec/schema.ts";
import { testSigner } from "../../../crypto/memory-signer.ts";
import { Emitter } from "../../../telemetry/emitter.ts";
import type { CommitteeNetwork } from "../committee-network.ts";
import { parsePeerId, publicKeyOf } from "../peer-id.ts";
import { testNetwork } from "../testing/test-network.ts";
import { MessageFault } from "./message-fault.ts";
import type { Topic } from "./topic.ts";

const TOPIC = "oasis/test/tx/5.0.0";
const { signal } = new AbortController();

interface Member {
  readonly network: CommitteeNetwork;
  readonly topic: Topic<string>;
  readonly heard: { readonly message: string; readonly publisher: PublicKey }[];
  /** Resolves when so many messages were handled. */
  until(count: number): Promise<void>;
}

/** A node on the topic that takes every message but those that `refuse` throws for. */
function member(
  name: string,
  known: readonly Member[],
  refuse: (message: string, tries: number) => void = () => {},
): Member {
  const network = testNetwork(name, {
    persistentPeers: known.map(({ network: { id }, network }) => ({
      id,
      addresses: network.report().addresses,
    })),
  });
  const heard: { message: string; publisher: PublicKey }[] = [];
  const tries = new Map<string, number>();
  const changed = new Emitter<number>();
  const topic = network.topic(TOPIC, {
    codec: text,
    async handle(message, publisher) {
      tries.set(message, (tries.get(message) ?? 0) + 1);
      refuse(message, tries.get(message)!);
      heard.push({ message, publisher });
      changed.emit(heard.length);
    },
  });
  return {
    ...{ network, topic, heard },
    until: async (count) => {
      if (heard.length < count) await changed.next((length) => length >= count, signal);
    },
  };
}

async function started(...members: readonly (() => Member)[]) {
  const stack = new AsyncDisposableStack();
  const all: Member[] = [];
  for (const make of members) {
    const one = make();
    stack.defer(() => one.network.stop());
    await one.network.start();
    all.push(one);
  }
  return { all, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("what is published before there are peers arrives with its publisher's key, on ways over others too", async () => {
  let first!: Member;
  let second!: Member;
  await using _ = await started(
    () => {
      first = member("first", []);
      return first;
    },
    () => {
      second = member("second", [first]);
      return second;
    },
  );
  await first.topic.publish("early");
  await second.until(1);
  await using more = await started(() => member("third", [second]));
  const [third] = more.all as [Member];
  await first.topic.publish("late");
  await third.until(1);
  while (third.heard.every(({ message }) => message !== "late")) await third.until(third.heard.length + 1);
  // The third may hear of the earlier one, too: peers tell what they had in the last seconds.
  expect(third.heard).toContainEqual({ message: "late", publisher: publicKeyOf(first.network.id) });
  expect(second.heard.map(({ message }) => message)).toEqual(["early", "late"]);
  expect(first.heard).toEqual([]);
  expect(second.topic.peerCount).toBe(2);
});

test("a message that is not taken stays where it was refused; one for others goes on; one that is early is tried again", async () => {
  let first!: Member;
  let middle!: Member;
  const refuse = (message: string, tries: number) => {
    if (message === "wrong") throw new MessageFault("drop", "it is wrong");
    if (message === "for others") throw new MessageFault("relay", "it is none of ours");
    if (message === "early" && tries === 1) throw new Error("not yet");
  };
  await using _ = await started(
    () => {
      first = member("first", []);
      return first;
    },
    () => {
      middle = member("middle", [first], refuse);
      return middle;
    },
  );
  await using more = await started(() => member("last", [middle]));
  const [last] = more.all as [Member];
  for (const message of ["wrong", "for others", "early", "right"]) await first.topic.publish(message);
  await last.until(3);
  await middle.until(2);
  expect(last.heard.map(({ message }) => message).sort()).toEqual(["early", "for others", "right"]);
  expect(middle.heard.map(({ message }) => message)).toEqual(["right", "early"]);
});

test("messages that do not decode are not passed on", async () => {
  let first!: Member;
  await using _ = await started(() => {
    first = member("first", []);
    return first;
  });
  const network = testNetwork("liar", {
    persistentPeers: [{ id: first.network.id, addresses: first.network.report().addresses }],
  });
  const numbers = network.topic(TOPIC, { codec: i64, handle: async () => {} });
  await network.start();
  await numbers.publish(5n);
  await using more = await started(() => member("honest", [first]));
  await (more.all[0] as Member).topic.publish("true");
  await first.until(1);
  expect(first.heard.map(({ message }) => message)).toEqual(["true"]);
  await network.stop();
});

test("a message that no peer would take is not published", async () => {
  const { topic, network } = member("writer", []);
  await expect(topic.publish("x".repeat(2 ** 20 + 1))).rejects.toMatchObject({ code: "gossip/too-long" });
  await network.stop();
  expect(parsePeerId(network.id)).toBe(network.id);
  expect(publicKeyOf(network.id)).toEqual(testSigner("writer").publicKey);
});
