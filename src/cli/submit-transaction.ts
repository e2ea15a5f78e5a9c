import { toHex } from "../codec/bytes.ts";
import { hashOf } from "../crypto/hash.ts";
import type { Signer } from "../crypto/signature.ts";
import { stakingAddress } from "../types/account-address.ts";
import { SignedTransaction } from "../types/consensus.ts";
import type { MethodName } from "../types/methods.ts";
import { CommandError, exitCode } from "./errors.ts";
import type { Io } from "./io.ts";
import { type ClientInput, withClient } from "./options/client.ts";
import { transactionText } from "./text/transaction.ts";
import { fetchToken } from "./token.ts";
import { newTransaction, signTransaction } from "./write-transaction.ts";

interface SubmitInput {
  readonly client: ClientInput;
  readonly signer: Signer;
  readonly assumeYes: boolean;
}

/** Completes a transaction from what the node says, shows it, asks, signs, submits it and waits for its block. */
export async function submitSigned(
  { client: input, signer, assumeYes }: SubmitInput,
  method: MethodName,
  body: unknown,
  io: Io,
): Promise<number> {
  await withClient(input, "failed to submit transaction", async (client) => {
    const owner = stakingAddress(signer.publicKey);
    const { general } = await client.call("Staking", "Account", { height: 0n, owner });
    const draft = newTransaction(method, body, { nonce: general.nonce, fee: { amount: 0n, gas: 0n } });
    const gas = await client.call("Consensus", "EstimateGas", {
      signer: signer.publicKey,
      transaction: draft,
    });
    const price = await client.call("Consensus", "MinGasPrice", null);
    const tx = { ...draft, fee: { amount: price * gas, gas } };
    const network = {
      chainContext: await client.call("Consensus", "GetChainContext", null),
      token: await fetchToken(client),
    };
    io.out(`You are about to submit the following transaction:\n${transactionText(tx, network, "  ")}`);
    if (
      !assumeYes &&
      io.isInteractive &&
      !(await io.confirm("\nAre you sure you want to continue? (y)es/(n)o: "))
    ) {
      throw new CommandError("not submitted");
    }
    const signed = signTransaction(tx, network, signer);
    await client.call("Consensus", "SubmitTx", signed, { signal: io.signal });
    io.out(`Transaction ${toHex(hashOf(SignedTransaction, signed))} is in a block.\n`);
  });
  return exitCode.ok;
}
