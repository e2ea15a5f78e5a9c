import { encode } from "../../src/codec/schema.ts";
import { setEpoch } from "../../src/consensus/beacon/state.ts";
import { setRuntime } from "../../src/consensus/registry/runtime-state.ts";
import { RUNTIME_STATE, runtimeKey } from "../../src/consensus/roothash/keys.ts";
import { MkvsTree } from "../../src/storage/mkvs/mkvs-tree.ts";
import { Emitter } from "../../src/telemetry/emitter.ts";
import { RuntimeState } from "../../src/types/roothash.ts";
import type { AnnotatedBlock } from "../../src/types/roothash-block.ts";
import { VersionInfo } from "../../src/types/runtime.ts";
import { ROOT_STATE } from "../../src/types/storage.ts";
import type { ConsensusView } from "../../src/workers/consensus-view.ts";
import { roundAfter, runtimeId } from "./rounds.ts";

/** The deployed version of the ParaTime, and the hash of its bundle. */
export const version = { major: 1, minor: 0, patch: 0 };
export const published = new Uint8Array(32).fill(1);

/** A consensus layer whose blocks are what the test says they are. */
export class RecordedConsensus implements ConsensusView {
  readonly chainContext = "00".repeat(32);
  readonly #heights = new Map<bigint, MkvsTree>();
  readonly #blocks = new Emitter<bigint>();
  #latest = 0n;

  /** A consensus block after which `block` is the ParaTime's last. */
  commit({ consensus_height: at, block }: AnnotatedBlock, height: bigint): void {
    const tree = MkvsTree.empty(ROOT_STATE);
    const { descriptor, state } = roundAfter(block);
    descriptor.id = runtimeId;
    descriptor.deployments = [VersionInfo.make({ version, bundle_checksum: published })];
    setRuntime(tree, descriptor, false);
    setEpoch(tree, 1n, 1n);
    const runtimeState = { ...state, runtime: descriptor, last_block_height: at };
    tree.insert(runtimeKey(RUNTIME_STATE, runtimeId), encode(RuntimeState, runtimeState));
    this.#heights.set(height, tree);
    this.#latest = height;
    this.#blocks.emit(height);
  }

  latestHeight = () => this.#latest;
  oldestHeight = () => [...this.#heights.keys()][0] ?? 0n;
  stateAt = (height: bigint) => this.#heights.get(height) ?? null;
  lightBlockAt = (height: bigint) => ({ height, meta: new Uint8Array() });
  onBlock = (listener: (height: bigint) => void) => this.#blocks.subscribe(listener);
  submitTx = () => Promise.reject(new Error("not here"));
  estimateGas = () => 0n;
  nonce = () => 0n;
  minGasPrice = () => 0n;
}
