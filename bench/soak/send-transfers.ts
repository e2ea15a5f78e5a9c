import { setTimeout as pause } from "node:timers/promises";
import type { Token } from "../../src/cli/text/amount.ts";
import { newTransaction, signTransaction } from "../../src/cli/write-transaction.ts";
import type { Address } from "../../src/codec/common-types.ts";
import { CodedError } from "../../src/codec/errors.ts";
import type { Signer } from "../../src/crypto/signature.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import type { NodeApi } from "./node-api.ts";
import type { Tally } from "./tally.ts";

const ANSWER_TIMEOUT_MS = 60_000;
const AGAIN_MS = 500;
/** Longer than any restart takes. */
const GIVE_UP_MS = 300_000;
const NO_TOKEN: Token = { symbol: "TEST", exponent: 9 };

export interface TransferSender {
  readonly api: NodeApi;
  /** Nobody else sends from its account. */
  readonly signer: Signer;
  readonly to: Address;
  readonly chainContext: string;
  readonly intervalMs: number;
  readonly tally: Tally;
}

/**
 * Sends transfers of one base unit, one after the other, until `signal` aborts. A transfer whose answer is lost with the
 * node is sent again, the same bytes, until the account's nonce says that it is in the chain.
 */
export async function sendTransfers(sender: TransferSender, signal: AbortSignal): Promise<void> {
  const { api, signer, to, intervalMs, tally } = sender;
  const owner = stakingAddress(signer.publicKey);
  const nonceNow = async () => {
    const account = await api.client.call(
      "Staking",
      "Account",
      { height: 0n, owner },
      { timeoutMs: ANSWER_TIMEOUT_MS },
    );
    return account.general.nonce;
  };
  for (let nonce = await nonceNow(); !signal.aborted; nonce++) {
    const tx = newTransaction(
      "staking.Transfer",
      { to, amount: 1n },
      { nonce, fee: { amount: 0n, gas: 10_000n } },
    );
    const signed = signTransaction(tx, { chainContext: sender.chainContext, token: NO_TOKEN }, signer);
    tally.sent++;
    const giveUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      try {
        await api.client.call("Consensus", "SubmitTx", signed, { timeoutMs: ANSWER_TIMEOUT_MS });
        tally.final++;
        break;
      } catch (error) {
        if (!(error instanceof CodedError)) api.reconnect();
        await pause(AGAIN_MS);
        if ((await nonceNow().catch(() => nonce)) > nonce) {
          tally.finalUnheard++;
          break;
        }
        if (performance.now() > giveUpAt) {
          tally.lost.push(`transfer ${nonce}: ${(error as Error).message}`);
          return;
        }
      }
    }
    await pause(intervalMs, undefined, { signal }).catch(() => {});
  }
}
