import { afterEach, expect, test } from "vitest";
import { sharedPath } from "../../../test/shared.ts";
import { parseBlock } from "../../chain/block.ts";
import { type ChainState, genesisState } from "../../chain/chain-state.ts";
import { readRecordedChain } from "../../chain/recorded-chain.ts";
import { decode } from "../../codec/schema.ts";
import { chainContext } from "../../config/genesis/chain-context.ts";
import { cometGenesis } from "../../config/genesis/comet-genesis.ts";
import { readGenesis } from "../../config/genesis/read-genesis.ts";
import { KnownSignatures } from "../../crypto/known-signatures.ts";
import { signedDigest } from "../../crypto/signature.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { SignedTransaction } from "../../types/consensus.ts";
import { transactionContext } from "../decode-transaction.ts";
import { BlocksAhead } from "./blocks-ahead.ts";
import { signedClaim } from "./method-claims.ts";

const document = await readGenesis(sharedPath("chains", "first-light.genesis.json"));
const genesis = cometGenesis(document, { debug: true });
const network = { chainContext: chainContext(document), chainId: genesis.chain_id };
const blocks = [...readRecordedChain(sharedPath("chains", "first-light.jsonl.gz"))].map(({ block }) => block);
const made: BlocksAhead[] = [];

afterEach(async () => {
  await Promise.all(made.splice(0).map((ahead) => ahead.close()));
});

function newBlocksAhead(known = new KnownSignatures()): BlocksAhead {
  const ahead = new BlocksAhead(network, {
    known,
    vrfInput: () => null,
    logger: silentLogging.logger("test"),
  });
  made.push(ahead);
  return ahead;
}

function stateOf(): ChainState {
  return genesisState(genesis, { appHash: new Uint8Array(32), validators: [] });
}

/** Whether the signatures of a block's transactions are known. */
function isKnown(known: KnownSignatures, block: Uint8Array): boolean {
  return parseBlock(block).txs.every((raw) => {
    const signed = decode(SignedTransaction, raw);
    const { context, publicKey, message, signature } = signedClaim(
      transactionContext(network.chainContext),
      signed,
    );
    return known.has(publicKey, signedDigest(context, message), signature);
  });
}

test("when a block is verified, its signatures are known here", async () => {
  const known = new KnownSignatures();
  const ahead = newBlocksAhead(known);
  ahead.onState(stateOf());
  const few = blocks.slice(0, 20);
  const verified = few.map((block) => ahead.verify(block));
  expect(few.every((block) => isKnown(known, block))).toBe(false);
  for (const [i, done] of verified.entries()) {
    await done;
    expect(isKnown(known, few[i]!)).toBe(true);
  }
});

test("bytes that are no block hold nobody up", async () => {
  const known = new KnownSignatures();
  const ahead = newBlocksAhead(known);
  await ahead.verify(Uint8Array.of(0xff));
  await ahead.verify(blocks[0]!);
  expect(isKnown(known, blocks[0]!)).toBe(true);
});

test("whoever waits when it is closed goes on, and so does who comes later", async () => {
  const ahead = newBlocksAhead();
  const waiting = blocks.map((block) => ahead.verify(block));
  await ahead.close();
  await Promise.all(waiting);
  await ahead.verify(blocks[0]!);
});
