import { encode } from "../../src/codec/schema.ts";
import { chainContext } from "../../src/config/genesis/chain-context.ts";
import { transactionContext } from "../../src/consensus/decode-transaction.ts";
import { signSigned } from "../../src/crypto/envelope.ts";
import type { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { type SignedTransaction, Transaction } from "../../src/types/consensus.ts";
import type { Document } from "../../src/types/genesis.ts";
import { Transfer } from "../../src/types/staking-transactions.ts";
import { alice, bob } from "../consensus-network.ts";

/** A signed transfer of one base unit. */
export function transfer(document: Document, nonce: bigint, from = alice, to = bob): SignedTransaction {
  const body = encode(Transfer, { to: stakingAddress(to.publicKey), amount: 1n });
  const transaction = {
    nonce,
    fee: { amount: 0n, gas: 1000n },
    method: "staking.Transfer",
    body,
  };
  return sign(document, transaction, from);
}

function sign(document: Document, transaction: Transaction, signer: MemorySigner): SignedTransaction {
  return signSigned(Transaction, transaction, transactionContext(chainContext(document)), signer);
}
