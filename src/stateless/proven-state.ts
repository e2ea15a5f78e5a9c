import type { ApiClient } from "../api/client.ts";
import { equal, toHex } from "../codec/bytes.ts";
import type { Hash } from "../codec/common-types.ts";
import { QanatError } from "../codec/errors.ts";
import { MissingNode } from "../storage/proof/partial-tree.ts";
import { ProvenNodes } from "../storage/proof/proven-nodes.ts";
import { isEmptyRoot } from "../storage/root.ts";
import { emptyTree, type KeyValue, nextKey, type ReadonlyTree } from "../storage/tree.ts";
import { consensusErrors, nodeDbErrors } from "../types/errors.ts";
import type { ProofResponse, Root, TreeID } from "../types/storage.ts";
import { Missing } from "./missing.ts";
import type { ProviderPool } from "./provider-pool.ts";

/** What official clients ask for (facts/formats.md 6.5). */
const PROOF_VERSION = 0;
/**
 * Entries that one proof of a range is asked to have: as many as were read before, so that long ranges take few
 * requests. The provider may give fewer.
 */
const MIN_RANGE_ENTRIES = 500;
const MAX_RANGE_ENTRIES = 20_000;
/** Entries that are asked for where a search may end with the first. */
const FIRST_ENTRIES = 8;
/** A proof may hold thousands of entries. */
const PROOF_TIMEOUT_MS = 30_000;

type Ask = (client: ApiClient, tree: TreeID, signal: AbortSignal) => Promise<ProofResponse>;

/**
 * The consensus state of any version, read from providers: every node of it comes with a proof from a root that is
 * known. What was read once stays, within a budget, and serves all versions that it is part of.
 */
export class ProvenState {
  readonly #nodes: ProvenNodes;
  readonly #pool: ProviderPool;

  /** @param maxBytes memory for what was read */
  constructor(pool: ProviderPool, maxBytes: number) {
    this.#pool = pool;
    this.#nodes = new ProvenNodes(maxBytes);
  }

  /** Memory in use, in bytes. */
  get bytes(): number {
    return this.#nodes.bytes;
  }

  /** The tree under a root that is known to be right. Its reads throw {@link Missing} for what is not here. */
  tree(root: Root): ReadonlyTree {
    if (isEmptyRoot(root)) return emptyTree;
    const nodes = this.#nodes.tree(root);
    return {
      get: (key) => {
        try {
          return nodes.get(key);
        } catch (error) {
          throw this.#missing(root, error, askKey(key));
        }
      },
      seek: (start) => {
        const ask = (key: Uint8Array, count: number) =>
          askFrom(key, count === 0 ? FIRST_ENTRIES : rangeAfter(count));
        return this.#entries(root, nodes.seek(start), start, ask);
      },
      prefix: (prefix) => {
        // A first proof of the whole range; where that was not enough, the rest from where it ended.
        const ask = (key: Uint8Array, count: number) =>
          count === 0 ? askPrefix(prefix) : askFrom(key, rangeAfter(count));
        return this.#entries(root, nodes.prefix(prefix), prefix, ask);
      },
    };
  }

  /** @param ask for the rest of the entries, from a key on, when so many are here */
  *#entries(
    root: Root,
    entries: Iterable<KeyValue>,
    start: Uint8Array,
    ask: (key: Uint8Array, count: number) => Ask,
  ): Iterable<KeyValue> {
    let key = start;
    let count = 0;
    try {
      for (const entry of entries) {
        yield entry;
        key = nextKey(entry[0]);
        count++;
      }
    } catch (error) {
      throw this.#missing(root, error, ask(key, count));
    }
  }

  /** What to do about a node that is not here. Other errors stay what they are. */
  #missing(root: Root, error: unknown, ask: Ask): unknown {
    if (!(error instanceof MissingNode)) return error;
    const position = error.ref.hash!;
    return new Missing(`state ${root.version} node ${toHex(position)}`, async (signal) => {
      await this.#fetch(root, position, ask, signal);
    });
  }

  async #fetch(root: Root, position: Hash, ask: Ask, signal: AbortSignal): Promise<void> {
    const question = async (client: ApiClient, limited: AbortSignal) => {
      const { proof } = await ask(client, { root, position }, limited);
      const isPart = equal(proof.untrusted_root, position);
      if (this.#nodes.merge(isPart ? position : root.hash, proof, position)) return;
      throw new QanatError("stateless/cut-proof", "the proof ends before what was asked for");
    };
    try {
      await this.#pool.ask(`state of height ${root.version}`, question, signal, PROOF_TIMEOUT_MS);
    } catch (error) {
      // Pruned there, as a full node says it of its own.
      const isGone =
        nodeDbErrors.rootNotFound().matches(error) || nodeDbErrors.versionNotFound().matches(error);
      throw isGone ? consensusErrors.versionNotFound() : error;
    }
  }
}

function rangeAfter(count: number): number {
  return Math.min(Math.max(count, MIN_RANGE_ENTRIES), MAX_RANGE_ENTRIES);
}

function askKey(key: Uint8Array): Ask {
  const asked = { key, include_siblings: false, proof_version: PROOF_VERSION };
  return (client, tree, signal) => client.call("Consensus", "StateSyncGet", { tree, ...asked }, { signal });
}

function askFrom(key: Uint8Array, prefetch: number): Ask {
  const asked = { key, prefetch, proof_version: PROOF_VERSION };
  return (client, tree, signal) =>
    client.call("Consensus", "StateSyncIterate", { tree, ...asked }, { signal });
}

function askPrefix(prefix: Uint8Array): Ask {
  const asked = { prefixes: [prefix], limit: MIN_RANGE_ENTRIES, proof_version: PROOF_VERSION };
  return (client, tree, signal) =>
    client.call("Consensus", "StateSyncGetPrefixes", { tree, ...asked }, { signal });
}
