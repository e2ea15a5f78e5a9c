import type { Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { NANOS_PER_MILLISECOND } from "../../src/chain/time.ts";
import { ProtoWriter } from "../../src/codec/proto.ts";
import { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { delimited } from "../../src/p2p/comet/delimited.ts";
import { encodeMessagePacket } from "../../src/p2p/comet/mux/packet.ts";
import { nextChunk } from "../../src/p2p/comet/next-chunk.ts";
import { writeNodeInfo } from "../../src/p2p/comet/node-info.ts";
import { SecretHandshake, type SecretSession } from "../../src/p2p/comet/secret/secret-handshake.ts";
import { testGenesis, testSignerOf } from "../chain/engine-fixture.ts";
import { emptyDisk, KeyValueApplication } from "../chain/key-value-application.ts";
import { Random } from "../fuzz/random.ts";
import { rawInfo, rawSocket } from "../p2p/loopback-network.ts";
import { mutateBytes, mutateMessage } from "./mutate-message.ts";
import { connectAll, PeerNode } from "./peer-node.ts";

/** Connections with something wrong at each stage. `QANAT_PEER_FUZZ` makes a longer run, `QANAT_PEER_FUZZ_SEED` another. */
const MUTATIONS = Number(process.env.QANAT_PEER_FUZZ ?? 60);
const SEED = Number(process.env.QANAT_PEER_FUZZ_SEED ?? 1);

vi.setConfig({ testTimeout: 600_000 + MUTATIONS * 200 });

const running: PeerNode[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.stop()));
});

async function twoValidators(): Promise<PeerNode[]> {
  const genesis = {
    ...testGenesis(2),
    genesis_time: BigInt(Date.now() - 60_000) * NANOS_PER_MILLISECOND,
  };
  const nodes = [0, 1].map(
    (i) =>
      new PeerNode({
        ...{ seed: i + 1, genesis, application: new KeyValueApplication(emptyDisk()) },
        signer: testSignerOf(i + 1),
      }),
  );
  running.push(...nodes);
  for (const node of nodes) await node.start(false);
  await connectAll(nodes);
  for (const node of nodes) node.follow();
  return nodes;
}

/** What is wrong with a connection. */
type Stage = "hello" | "authentication" | "node info" | "frames" | "packets";

/** An attacker that keeps to the protocol up to a stage, and from there on sends something else. */
class Attacker {
  readonly #random: Random;
  readonly #node: PeerNode;
  readonly #signer: MemorySigner;
  #socket!: Socket;

  constructor(random: Random, node: PeerNode) {
    this.#random = random;
    this.#node = node;
    // Every one has another key, since the same one would be banned.
    this.#signer = MemorySigner.fromSeed(random.bytes(32));
  }

  /** Resolves once the node has ended the connection. */
  async attack(stage: Stage): Promise<void> {
    const { host, port } = this.#node.address;
    this.#socket = await rawSocket(host, port);
    const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
    try {
      await this.#go(stage);
    } catch {
      // The node was faster.
    }
    // The node closes what is wrong and what ends; this is its last chance to wait for more.
    this.#socket.resume();
    this.#socket.end();
    await closed;
  }

  async #go(stage: Stage): Promise<void> {
    const handshake = new SecretHandshake(this.#signer, this.#random.bytes(32));
    this.#socket.write(stage === "hello" ? mutateBytes(this.#random, handshake.hello) : handshake.hello);
    if (stage === "hello") return;
    const never = new AbortController().signal;
    while (handshake.session === null) {
      const answer = handshake.push(await nextChunk(this.#socket, never));
      if (answer === null) continue;
      if (stage === "authentication") {
        this.#socket.write(mutateBytes(this.#random, answer));
        return;
      }
      this.#socket.write(answer);
    }
    this.#afterHandshake(stage, handshake.session);
  }

  #afterHandshake(stage: Stage, { sealer }: SecretSession): void {
    const random = this.#random;
    const send = (bytes: Uint8Array, change = (frames: Uint8Array) => frames) => {
      sealer.write(bytes);
      sealer.flush();
      this.#socket.write(change(sealer.take()));
    };
    const info = rawInfo(this.#signer, {
      network: this.#node.genesis.chain_id,
      channels: Uint8Array.of(0x20, 0x21, 0x22, 0x23, 0x30, 0x38, 0x40),
    });
    if (stage === "node info") {
      const encoded = delimited((w) => writeNodeInfo(w, info));
      const mutated = mutateMessage(random, encoded.subarray(encoded.length < 129 ? 1 : 2));
      send(random.chance(0.3) ? mutateBytes(random, encoded) : behindLength(mutated));
      return;
    }
    send(delimited((w) => writeNodeInfo(w, info)));
    const packet = encodeMessagePacket(0x20, true, random.bytes(20));
    if (stage === "frames") send(packet, (frames) => mutateBytes(random, frames));
    else {
      for (let i = 0; i < 5; i++) {
        const body = mutateMessage(random, packet.subarray(1));
        send(random.chance(0.5) ? mutateBytes(random, packet) : behindLength(body));
      }
    }
  }
}

function behindLength(bytes: Uint8Array): Uint8Array {
  const w = new ProtoWriter();
  w.bytes(bytes);
  return w.finish();
}

test.each<Stage>(["hello", "authentication", "node info", "frames", "packets"])(
  `${MUTATIONS} connections with a wrong %s leave nothing behind`,
  async (stage) => {
    const random = new Random(SEED);
    const [node, other] = await twoValidators();
    const height = node!.engine.latestHeight;
    // Several at a time.
    for (let i = 0; i < MUTATIONS; i += 10) {
      const attackers = Array.from({ length: 10 }, () => new Attacker(random, node!));
      await Promise.all(attackers.map((attacker) => attacker.attack(stage)));
    }
    await node!.until(() => node!.network.peers.length === 1);
    for (const { reason } of node!.gone) expect(reason.kind).not.toBe("internal");
    expect(node!.network.peers.map(({ id }) => id)).toEqual([other!.id]);
    await node!.reaches(height + 3n);
    // Whoever behaves is let in.
    const late = new PeerNode({
      ...{ seed: 9, genesis: node!.genesis, application: new KeyValueApplication(emptyDisk()), signer: null },
    });
    running.push(late);
    await late.start(false);
    await late.network.dial(node!.address);
    await node!.until(() => node!.network.peers.length === 2);
  },
);
