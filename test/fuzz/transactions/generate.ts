import { toHex } from "../../../src/codec/bytes.ts";
import { decode, encode } from "../../../src/codec/schema.ts";
import { transactionContext } from "../../../src/consensus/decode-transaction.ts";
import { getAccount } from "../../../src/consensus/staking/state.ts";
import { signSigned } from "../../../src/crypto/envelope.ts";
import { stakingAddress } from "../../../src/types/account-address.ts";
import { type Fee, SignedTransaction, Transaction } from "../../../src/types/consensus.ts";
import { methodBody } from "../../../src/types/methods.ts";
import { mutate } from "../mutate.ts";
import type { Random } from "../random.ts";
import { beaconGenerators } from "./beacon.ts";
import type { Draft, Generator, View } from "./draft.ts";
import { governanceGenerators } from "./governance.ts";
import { keyManagerGenerators } from "./key-manager.ts";
import { registryGenerators } from "./registry.ts";
import { roothashGenerators } from "./roothash.ts";
import { stakingGenerators } from "./staking.ts";
import { upkeep } from "./upkeep.ts";
import { vaultGenerators } from "./vault.ts";

const plain = [
  ...beaconGenerators,
  ...governanceGenerators,
  ...keyManagerGenerators,
  ...registryGenerators,
  ...roothashGenerators,
  ...stakingGenerators,
];
const all = [...plain, ...vaultGenerators((view) => view.random.weighted(plain)(view))];

/** Transactions for one block, signed, with nonces that mostly follow each other. */
export function generateTransactions(view: View): Uint8Array[] {
  const { random } = view;
  const sent = new Map<string, bigint>();
  const drafts = Array.from({ length: random.int(14) }, () => random.weighted<Generator>(all)(view));
  return [...upkeep(view), ...drafts.filter((draft) => draft !== null)].map((draft) =>
    finish(view, draft, sent),
  );
}

function finish(view: View, draft: Draft, sent: Map<string, bigint>): Uint8Array {
  const { random } = view;
  const { publicKey } = draft.signer;
  const id = toHex(publicKey);
  const before = sent.get(id) ?? 0n;
  const nonce = getAccount(view.state, stakingAddress(publicKey)).general.nonce + before;
  const transaction: Transaction = {
    nonce: random.chance(0.98) ? nonce : nonce + 1n,
    fee: draft.fee ?? randomFee(random),
    method: random.chance(0.99) ? draft.method : "staking.Unknown",
    body: random.chance(0.97) ? mutatedBody(random, draft) : spoiltBody(random, draft.body),
  };
  sent.set(id, before + 1n);
  const context = transactionContext(view.chainContext);
  const raw = encode(SignedTransaction, signSigned(Transaction, transaction, context, draft.signer));
  return random.chance(0.98) ? raw : spoiltEnvelope(random, raw);
}

/** Mostly the body as it is; now and then with one member changed. */
function mutatedBody(random: Random, { method, body }: Draft): Uint8Array | null {
  const codec = methodBody(method);
  if (codec === undefined || !random.chance(0.08)) {
    return body;
  }
  try {
    return encode(codec, mutate(random, codec, decode(codec, body)));
  } catch {
    return body;
  }
}

function randomFee(random: Random): Fee | null {
  return random.weighted<() => Fee | null>([
    [60, () => ({ amount: 5_000n + random.bigint(5_000n), gas: 5_000n })],
    [6, () => ({ amount: random.bigint(5n), gas: 5_000n })],
    [3, () => ({ amount: 0n, gas: random.bigint(600n) })],
    [2, () => null],
  ])();
}

/** A body that is something else than it should be, or has something behind it. */
function spoiltBody(random: Random, body: Uint8Array | null): Uint8Array | null {
  const bytes = body ?? Uint8Array.of(0xa0);
  return random.weighted<() => Uint8Array | null>([
    [1, () => null],
    [1, () => Uint8Array.of(0xf6)],
    [1, () => Uint8Array.of(0xa0)],
    [1, () => Uint8Array.of(0x80)],
    [1, () => Uint8Array.of(random.int(24))],
    [2, () => withNumberFlipped(random, bytes)],
  ])();
}

function withNumberFlipped(random: Random, bytes: Uint8Array): Uint8Array {
  const spoilt = bytes.slice();
  spoilt[random.int(spoilt.length)]! ^= 1 << random.int(8);
  return isWellFormed(spoilt) ? spoilt : Uint8Array.of(0xa1, 0x61, 0x78, 0x00);
}

/** Whether bytes can stand as an item in a transaction, which is CBOR itself. */
function isWellFormed(bytes: Uint8Array): boolean {
  try {
    encode(Transaction, { nonce: 0n, fee: null, method: "x", body: bytes });
    return true;
  } catch {
    return false;
  }
}

function spoiltEnvelope(random: Random, raw: Uint8Array): Uint8Array {
  return random.weighted<() => Uint8Array>([
    [1, () => Uint8Array.of(...raw, 0)],
    [1, () => raw.subarray(0, raw.length - 1 - random.int(20))],
    [1, () => random.bytes(20)],
    [1, () => new Uint8Array(0)],
    [1, () => new Uint8Array(40_000).fill(0xa0)],
    [
      3,
      () => {
        const spoilt = raw.slice();
        spoilt[random.int(spoilt.length)]! ^= 1 << random.int(8);
        return spoilt;
      },
    ],
  ])();
}
