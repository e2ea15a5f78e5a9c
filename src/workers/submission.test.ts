import { expect, test } from "vitest";
import { CodedError } from "../codec/errors.ts";
import { decode } from "../codec/schema.ts";
import { contexts, withChain } from "../crypto/contexts.ts";
import { openSigned } from "../crypto/envelope.ts";
import { testSigner } from "../crypto/memory-signer.ts";
import { silentLogging } from "../telemetry/logger.ts";
import { SignedTransaction, Transaction } from "../types/consensus.ts";
import { transactionErrors } from "../types/errors.ts";
import { Transfer } from "../types/staking-transactions.ts";
import { SubmissionManager } from "./submission.ts";

const chainContext = "c".repeat(64);
const signer = testSigner("submission test");
const never = new AbortController().signal;
const body = Transfer.make({ amount: 1n });

/** A chain that records what it is sent and answers as it is told. */
function setUp(answers: (Error | null)[], options = { gasPrice: 2n, maxFee: 0n }) {
  const sent: Transaction[] = [];
  const state = { nonce: 5n, minGasPrice: 0n };
  const manager = new SubmissionManager(options, {
    consensus: {
      chainContext,
      estimateGas: () => 100n,
      minGasPrice: () => state.minGasPrice,
      nonce: () => state.nonce,
      submitTx: async (raw) => {
        const signed = decode(SignedTransaction, raw);
        sent.push(openSigned(Transaction, withChain(contexts.consensusTransaction, chainContext), signed));
        const answer = answers.shift() ?? null;
        if (answer !== null) throw answer;
        return { height: 9n, index: 1 };
      },
    },
    timers: {
      now: () => 0,
      schedule: (fn) => {
        const immediate = setImmediate(fn);
        return () => clearImmediate(immediate);
      },
    },
    logger: silentLogging.logger("test"),
  });
  return { manager, sent, state };
}

test("a transaction is signed for the chain with nonce, gas and the configured price", async () => {
  const { manager, sent } = setUp([]);
  const place = await manager.submit(signer, "staking.Transfer", Transfer, body, never);
  expect(place).toEqual({ height: 9n, index: 1 });
  expect(sent[0]).toMatchObject({ nonce: 5n, method: "staking.Transfer", fee: { gas: 100n, amount: 200n } });
  expect(decode(Transfer, sent[0]!.body)).toEqual(body);
});

test("the network's minimum price wins over a lower configured one", async () => {
  const { manager, sent, state } = setUp([]);
  state.minGasPrice = 7n;
  await manager.submit(signer, "staking.Transfer", Transfer, body, never);
  expect(sent[0]!.fee).toEqual({ gas: 100n, amount: 700n });
  expect(manager.estimateFee(signer, "staking.Transfer", Transfer, body)).toBe(700n);
});

test("transactions under way use the nonces that follow", async () => {
  const { manager, sent } = setUp([]);
  await Promise.all([1, 2, 3].map(() => manager.submit(signer, "staking.Transfer", Transfer, body, never)));
  expect(sent.map(({ nonce }) => nonce)).toEqual([5n, 6n, 7n]);
});

test("a wrong nonce is taken from the state again, other errors are final", async () => {
  const { manager, sent, state } = setUp([
    transactionErrors.invalidNonce(),
    null,
    new CodedError("staking", 3, "no"),
  ]);
  const submitted = manager.submit(signer, "staking.Transfer", Transfer, body, never);
  state.nonce = 8n;
  await submitted;
  expect(sent.map(({ nonce }) => nonce)).toEqual([5n, 8n]);
  await expect(manager.submit(signer, "staking.Transfer", Transfer, body, never)).rejects.toThrow("no");
  expect(sent).toHaveLength(3);
});

test("a fee above the limit is not sent", async () => {
  const { manager, sent } = setUp([], { gasPrice: 2n, maxFee: 199n });
  await expect(manager.submit(signer, "staking.Transfer", Transfer, body, never)).rejects.toThrow(
    "consensus.submission.max_fee (199)",
  );
  expect(sent).toHaveLength(0);
});

test("an aborted submission ends with the signal's reason", async () => {
  const { manager } = setUp(Array.from({ length: 50 }, () => transactionErrors.invalidNonce()));
  const controller = new AbortController();
  const submitted = manager.submit(signer, "staking.Transfer", Transfer, body, controller.signal);
  controller.abort(new Error("stopping"));
  await expect(submitted).rejects.toThrow("stopping");
});
