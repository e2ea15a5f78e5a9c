import type {
  Application,
  ApplicationInfo,
  BlockInput,
  BlockResults,
  CheckKind,
  CheckResult,
  CommitResult,
  InitChainInput,
  InitChainResult,
  PrepareProposalInput,
  TxResult,
} from "../../src/chain/application.ts";
import { txSize } from "../../src/chain/block.ts";
import { fromHex, fromUtf8, toHex, utf8 } from "../../src/codec/bytes.ts";
import { sha256 } from "../../src/crypto/hash.ts";

/** What survives the end of a process. */
export interface KeyValueDisk {
  height: bigint;
  appHash: Uint8Array;
  entries: Map<string, string>;
}

export function emptyDisk(): KeyValueDisk {
  return { height: 0n, appHash: new Uint8Array(0), entries: new Map() };
}

/** A transaction of the key/value application. */
export interface KeyValueTx {
  sender?: string;
  /** Must count up from 0 for each sender; anonymous transactions have none. */
  nonce?: number;
  key: string;
  value: string;
  priority?: number;
  gas?: number;
  /** Hex of a consensus key whose power `value` gives. */
  validator?: string;
}

export function encodeTx(tx: KeyValueTx): Uint8Array {
  return utf8(JSON.stringify(tx));
}

const APP_VERSION = 30_064_771_072n;
const NONCE_PREFIX = "nonce/";

/**
 * A complete application in miniature: transactions with nonces set keys and validator powers, each block ends with
 * a transaction of the proposer that proves the state root, as the network's blocks do.
 */
export class KeyValueApplication implements Application {
  readonly #disk: KeyValueDisk;
  /** Height at which the last commit lets blocks be forgotten, counted back from the newest; 0 = none. */
  #working: { entries: Map<string, string>; height: bigint } | null = null;
  #checking: Map<string, string>;

  constructor(disk: KeyValueDisk) {
    this.#disk = disk;
    this.#checking = new Map(disk.entries);
  }

  info(): ApplicationInfo {
    return { lastHeight: this.#disk.height, lastAppHash: this.#disk.appHash };
  }

  initChain({ validators }: InitChainInput): InitChainResult {
    return { appHash: rootOf(this.#disk.entries, 0n), validators };
  }

  checkTx(tx: Uint8Array, _kind: CheckKind): CheckResult {
    const parsed = parseTx(tx);
    const problem = parsed === null ? "malformed" : apply(this.#checking, parsed);
    return {
      code: problem === null ? 0 : 1,
      codespace: problem === null ? "" : "kv",
      log: problem ?? "",
      gasWanted: BigInt(parsed?.gas ?? 0),
      priority: BigInt(parsed?.priority ?? 0),
      sender: parsed?.sender ?? "",
    };
  }

  prepareProposal(input: PrepareProposalInput): Uint8Array[] {
    const reserve = 64n;
    const txs: Uint8Array[] = [];
    let size = 0n;
    for (const tx of input.txs) {
      size += txSize(tx);
      if (size > input.maxTxBytes - reserve) break;
      txs.push(tx);
    }
    const { root } = this.#execute(txs, input.height);
    return [...txs, proofTx(root)];
  }

  processProposal(input: BlockInput): boolean {
    const { root } = this.#execute(input.txs.slice(0, -1), input.height);
    const last = input.txs.at(-1);
    return last !== undefined && toHex(last) === toHex(proofTx(root));
  }

  finalizeBlock(input: BlockInput): BlockResults {
    const { entries, results, validatorUpdates } = this.#execute(input.txs.slice(0, -1), input.height);
    this.#working = { entries, height: input.height };
    const signers = input.lastCommit.votes.filter(({ signed }) => signed).length;
    return {
      beginEvents: [
        { type: "begin", attributes: [{ key: "signers", value: String(signers), index: false }] },
      ],
      txResults: [...results, ...input.txs.slice(-1).map(() => txResult(0, ""))],
      endEvents: [],
      validatorUpdates,
      appVersion: APP_VERSION,
    };
  }

  commit(): CommitResult {
    const { entries, height } = this.#working!;
    this.#working = null;
    this.#disk.entries = entries;
    this.#disk.height = height;
    this.#disk.appHash = rootOf(entries, height);
    this.#checking = new Map(entries);
    return { appHash: this.#disk.appHash };
  }

  #execute(txs: readonly Uint8Array[], height: bigint) {
    const entries = new Map(this.#disk.entries);
    const validatorUpdates: BlockResults["validatorUpdates"] = [];
    const results = txs.map((tx) => {
      const parsed = parseTx(tx);
      const problem = parsed === null ? "malformed" : apply(entries, parsed);
      if (problem !== null) return txResult(1, problem);
      if (parsed?.validator) {
        validatorUpdates.push({ public_key: fromHex(parsed.validator), power: BigInt(parsed.value) });
      }
      return txResult(0, "");
    });
    return { entries, results, validatorUpdates, root: rootOf(entries, height) };
  }
}

function parseTx(tx: Uint8Array): KeyValueTx | null {
  try {
    const parsed = JSON.parse(fromUtf8(tx)) as KeyValueTx;
    return typeof parsed.key === "string" && typeof parsed.value === "string" ? parsed : null;
  } catch {
    return null;
  }
}

/** Text of the problem, or null when the transaction is done. */
function apply(entries: Map<string, string>, { sender, nonce, key, value }: KeyValueTx): string | null {
  if (sender !== undefined) {
    const expected = Number(entries.get(NONCE_PREFIX + sender) ?? 0);
    if (nonce !== expected) return `nonce ${nonce}, expected ${expected}`;
    entries.set(NONCE_PREFIX + sender, String(expected + 1));
  }
  entries.set(key, value);
  return null;
}

function rootOf(entries: ReadonlyMap<string, string>, height: bigint): Uint8Array {
  return sha256(utf8(JSON.stringify([String(height), ...[...entries].sort(([a], [b]) => (a < b ? -1 : 1))])));
}

function proofTx(root: Uint8Array): Uint8Array {
  return utf8(toHex(root).slice(0, 32));
}

function txResult(code: number, log: string): TxResult {
  const data = code === 0 ? new Uint8Array([0xf6]) : new Uint8Array(0);
  return {
    code,
    data,
    log,
    info: "",
    gas_wanted: 0n,
    gas_used: 0n,
    events: [],
    codespace: code === 0 ? "" : "kv",
  };
}
