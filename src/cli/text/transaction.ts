import { formatAddress } from "../../codec/address.ts";
import { toBase64, toHex } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import { stringifyJson } from "../../codec/go-json.ts";
import { type Codec, decode } from "../../codec/schema.ts";
import { contexts, withChain } from "../../crypto/contexts.ts";
import { hashOf } from "../../crypto/hash.ts";
import { verify } from "../../crypto/signature.ts";
import { type MultiSigned, Signature, type Signed } from "../../types/common.ts";
import { gasPrice, SignedTransaction, Transaction } from "../../types/consensus.ts";
import { Entity } from "../../types/entity.ts";
import { type ProposalContent, type ProposalVote, Vote } from "../../types/governance.ts";
import { methodBody } from "../../types/methods.ts";
import { Node } from "../../types/node.ts";
import type * as staking from "../../types/staking-transactions.ts";
import { amountText, type Token } from "./amount.ts";
import { commissionScheduleText } from "./commission-schedule.ts";
import { proposalText } from "./proposal.ts";

/** The network that a transaction is shown for. */
export interface Network {
  readonly token: Token;
  /** Hash of the genesis document, 64 hex characters. */
  readonly chainContext: string;
}

/** A transaction for people, as the official command line shows it before signing. */
export function transactionText(tx: Transaction, network: Network, prefix = ""): string {
  let out = `${prefix}Method: ${tx.method}\n${prefix}Body:\n${bodyText(tx, network.token, `${prefix}  `)}`;
  out += `${prefix}Nonce:  ${tx.nonce}\n`;
  if (tx.fee === null) {
    out += `${prefix}Fee:   none\n`;
  } else {
    out += `${prefix}Fee:\n`;
    out += `${prefix}  Amount: ${amountText(tx.fee.amount, network.token)}\n`;
    out += `${prefix}  Gas limit: ${tx.fee.gas}\n`;
    out += `${prefix}  (gas price: ${amountText(gasPrice(tx.fee), network.token)} per gas unit)\n`;
  }
  return `${out}Other info:\n  Genesis document's hash: ${network.chainContext}\n`;
}

/** A signed transaction for people; tells when the signature is not one for the network. */
export function signedTransactionText(signed: SignedTransaction, network: Network): string {
  const { public_key, signature } = signed.signature;
  const blob = signed.untrusted_raw_value ?? new Uint8Array(0);
  const context = withChain(contexts.consensusTransaction, network.chainContext);
  let out = `Hash: ${toHex(hashOf(SignedTransaction, signed))}\n`;
  out += `Signer: ${toBase64(public_key)}\n        (signature: ${toBase64(signature)})\n`;
  if (!verify(context, public_key, blob, signature)) out += "        [INVALID SIGNATURE]\n";
  out += "Content:\n";
  try {
    return out + transactionText(decode(Transaction, blob), network, "  ");
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return `${out}  <error: ${error.message}>\n  <malformed: ${toBase64(blob)}>\n`;
  }
}

/** Bodies that have a form of their own; the others are shown as JSON. */
const bodyTexts: Readonly<Record<string, (body: never, token: Token) => readonly string[]>> = {
  "staking.Transfer": ({ to, amount }: staking.Transfer, token) => [
    `To:     ${formatAddress(to)}`,
    `Amount: ${amountText(amount, token)}`,
  ],
  "staking.Burn": ({ amount }: staking.Burn, token) => [`Amount: ${amountText(amount, token)}`],
  "staking.AddEscrow": ({ account, amount }: staking.Escrow, token) => [
    `To:     ${formatAddress(account)}`,
    `Amount: ${amountText(amount, token)}`,
  ],
  "staking.ReclaimEscrow": ({ account, shares }: staking.ReclaimEscrow) => [
    `From:   ${formatAddress(account)}`,
    `Shares: ${shares}`,
  ],
  "staking.AmendCommissionSchedule": ({ amendment }: staking.AmendCommissionSchedule) => [
    "Amendment:",
    ...commissionScheduleText(amendment, "  ").trimEnd().split("\n"),
  ],
  "staking.Allow": ({ beneficiary, negative, amount_change }: staking.Allow, token) => [
    `Beneficiary:   ${formatAddress(beneficiary)}`,
    `Amount change: ${amountText(amount_change, token, negative ? "-" : "+")}`,
  ],
  "governance.SubmitProposal": (content: ProposalContent) => proposalText(content),
  "governance.CastVote": ({ id, vote }: ProposalVote) => [
    `Proposal ID: ${id}`,
    `Vote:        ${Vote.toJson(vote)}`,
  ],
  "staking.Withdraw": ({ from, amount }: staking.Withdraw, token) => [
    `From:   ${formatAddress(from)}`,
    `Amount: ${amountText(amount, token)}`,
  ],
};

function bodyText({ method, body }: Transaction, token: Token, prefix: string): string {
  const raw = body ?? new Uint8Array(0);
  const codec = methodBody(method);
  if (codec === undefined) return `${prefix}<unknown method body: ${toBase64(raw)}>\n`;
  try {
    const value = decode(codec, body);
    const lines = bodyTexts[method]?.(value as never, token) ?? jsonLines(method, codec, value);
    return lines.map((line) => `${prefix}${line}\n`).join("");
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return `${prefix}<error: ${error.message}>\n${prefix}<malformed: ${toBase64(raw)}>\n`;
  }
}

function jsonLines(method: string, codec: Codec<unknown>, value: unknown): string[] {
  return stringifyJson(opened(method, codec, value), 2).split("\n");
}

/** JSON of a body, with the descriptor inside a signed one shown instead of its bytes. */
function opened(method: string, codec: Codec<unknown>, value: unknown): unknown {
  if (method === "registry.RegisterEntity") {
    const { untrusted_raw_value, signature } = value as Signed;
    return {
      untrusted_raw_value: Entity.toJson(decode(Entity, untrusted_raw_value)),
      signature: Signature.toJson(signature),
    };
  }
  if (method === "registry.RegisterNode") {
    const { untrusted_raw_value, signatures } = value as MultiSigned;
    return {
      untrusted_raw_value: Node.toJson(decode(Node, untrusted_raw_value)),
      signatures: signatures?.map((signature) => Signature.toJson(signature)) ?? null,
    };
  }
  return codec.toJson(value);
}
