import { expect, test } from "vitest";
import { nodeSigner, runtimeId } from "../../../test/workers/rounds.ts";
import { fromHex, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { decode, encode } from "../../codec/schema.ts";
import { signProposal } from "../../consensus/roothash/commitment.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { reactionTo } from "../../p2p/libp2p/gossip/message-fault.ts";
import { ROLE_BACKUP_WORKER, ROLE_WORKER } from "../../types/scheduler.ts";
import { CommitteeMessage } from "../peers/committee-message.ts";
import type { CommitteeGroup } from "./committee-group.ts";
import { inputRoot } from "./input-root.ts";
import { MAX_PROPOSALS, ProposalQueue } from "./proposal-queue.ts";
import { receiveProposal } from "./receive-proposal.ts";

const domain = {
  runtimeId,
  chainContext: "461d3929c01ea6f40345430dfa4b77558852fb1d8fa2c0544bbf191451cba7bd",
};
const worker = testSigner("worker");
const backup = testSigner("backup");
const p2p = testSigner("p2p").publicKey;
const hash = (text: string) => sha512_256(new TextEncoder().encode(text));

const group: CommitteeGroup = {
  committee: {
    kind: 1,
    runtime_id: runtimeId,
    valid_for: 3n,
    members: [
      { role: ROLE_WORKER, public_key: worker.publicKey },
      { role: ROLE_WORKER, public_key: nodeSigner.publicKey },
      { role: ROLE_BACKUP_WORKER, public_key: backup.publicKey },
    ],
  },
  p2pKeys: [p2p],
  publishers: new Set([toHex(p2p)]),
};

function messageOf(round = 7n, signer = worker, epoch = 3n): CommitteeMessage {
  const header = { round, previous_hash: hash("previous"), batch_hash: hash("batch") };
  return { epoch, Proposal: signProposal(header, [hash("tx")], signer, domain) };
}

function reaction(
  message: CommitteeMessage,
  publisher: PublicKey = p2p,
  of: CommitteeGroup | null = group,
): string {
  const queue = new ProposalQueue();
  queue.prune(5n);
  try {
    receiveProposal(message, publisher, of, queue, domain);
    return `added ${queue.size}`;
  } catch (error) {
    return reactionTo(error);
  }
}

test("a worker's proposal that a member published is taken, also one of a later round", () => {
  expect(reaction(messageOf())).toBe("added 1");
  expect(reaction(messageOf(5n))).toBe("added 1");
});

test.each([
  ["no committee yet", () => reaction(messageOf(), p2p, null), "retry"],
  ["an epoch ago", () => reaction(messageOf(7n, worker, 2n)), "drop"],
  ["the next epoch", () => reaction(messageOf(7n, worker, 4n)), "retry"],
  ["two epochs ahead", () => reaction(messageOf(7n, worker, 5n)), "drop"],
  ["a publisher that is no member", () => reaction(messageOf(), worker.publicKey), "drop"],
  ["nothing in it", () => reaction({ epoch: 3n, Proposal: null }), "drop"],
  ["a backup worker", () => reaction(messageOf(7n, backup)), "drop"],
  ["a stranger", () => reaction(messageOf(7n, testSigner("stranger"))), "drop"],
  ["a round that is over", () => reaction(messageOf(4n)), "drop"],
  [
    "another's signature",
    () => {
      const { Proposal: proposal } = messageOf();
      return reaction({ epoch: 3n, Proposal: { ...proposal!, node_id: nodeSigner.publicKey } });
    },
    "drop",
  ],
])("%s", (_, act, expected) => {
  expect(act()).toBe(expected);
});

test("the queue keeps the rounds that come next, the best rank of each first, and the newest of a rank", () => {
  const queue = new ProposalQueue();
  const proposal = (round: bigint) => messageOf(round).Proposal!;
  for (let i = MAX_PROPOSALS; i > 0; i--) expect(queue.add(proposal(BigInt(i)), 0n)).toBe("added");
  expect(queue.add(proposal(1000n), 0n)).toBe("full");
  expect(queue.add(proposal(1n), 1n)).toBe("added");
  expect(queue.size).toBe(MAX_PROPOSALS);
  const newer = proposal(1n);
  queue.add(newer, 0n);
  const none = new Set<bigint>();
  expect(queue.best(1n, 0n, 5n, none)).toEqual({ proposal: newer, rank: 0n });
  expect(queue.best(1n, 0n, 5n, new Set([0n]))?.rank).toBe(1n);
  expect(queue.best(1n, 2n, 5n, none)).toBeNull();
  queue.remove(newer);
  expect(queue.best(1n, 0n, 0n, none)).toBeNull();
  queue.prune(30n);
  expect(queue.add(proposal(29n), 0n)).toBe("past");
  expect(queue.best(2n, 0n, 5n, none)).toBeNull();
});

test("the recorded proposal of an official node: its signature, its batch hash, and its place in a message", () => {
  const signer = testSigner("zz-runtime");
  const previous = "6daf3a757fe8f5800069e48bf8d9ad160fac29256431f0b5d873454cc8533028";
  const batch_hash = hash("hi");
  const header = { round: 1n, previous_hash: fromHex(previous), batch_hash };
  const proposal = signProposal(header, [hash("hi")], signer, domain);
  expect(toHex(proposal.sig)).toBe(
    "a65ef371271729a21c15343d84e7b4e67387223aaaad7b00c5a2e15f6c06444dc9935787c924b7362cc6a38fe449103f99229261af5fa5ffde47af9b6789740e",
  );
  const message = encode(CommitteeMessage, { epoch: 3n, Proposal: proposal });
  expect(toHex(message).startsWith("a26565706f6368036850726f706f73616ca463736967")).toBe(true);
  expect(decode(CommitteeMessage, message)).toEqual({ epoch: 3n, Proposal: proposal });
  expect(toHex(inputRoot([new TextEncoder().encode("hi")]))).toBe(
    "52c5468982f7980d0f74c96207167f0d1bd4ee4466cb431ede9f380d3c046ce7",
  );
});
