import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "../src/codec/schema.ts";
import { setAccount } from "../src/consensus/staking/state.ts";
import { DbStateStore } from "../src/consensus/state-store.ts";
import { sha512_256 } from "../src/crypto/hash.ts";
import { type MemorySigner, testSigner } from "../src/crypto/memory-signer.ts";
import { openEnvironment } from "../src/storage/environment/lmdb-environment.ts";
import type { NodeDb } from "../src/storage/node-db/node-db.ts";
import { openNodeDb } from "../src/storage/node-db/table-node-db.ts";
import { stakingAddress } from "../src/types/account-address.ts";
import { Account } from "../src/types/staking.ts";
import { Transfer } from "../src/types/staking-transactions.ts";
import { Network } from "../test/consensus-network.ts";
import { quantile } from "./load.ts";

/** Accounts in the ledger at which blocks are measured. */
export const SIZES: readonly number[] = [1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6];
export const TRANSFERS_PER_BLOCK = 100;
const WARM_UP_BLOCKS = 50;
const MEASURED_BLOCKS = 100;
const SENDERS = 500;
/** Accounts that are written at once. */
const BATCH = 20_000;
const BALANCE = 1_000_000n;
/** Of the network of test/consensus-network.ts. */
const EPOCH_BLOCKS = 10n;

export interface GrowthPoint {
  readonly accounts: number;
  /** Median processor time of this thread for a block of transfers: signatures, execution, hashing, storing. */
  readonly transfersMs: number;
  /** The same for a block without transfers. */
  readonly emptyMs: number;
  /** Size of the database. */
  readonly databaseBytes: number;
}

/**
 * Cost of a block as the state grows: transfers from some accounts to others anywhere in the ledger, on a database on
 * the disk. Processor time, because a machine is never quite idle.
 */
export async function measureGrowth(sizes: readonly number[] = SIZES): Promise<GrowthPoint[]> {
  const directory = mkdtempSync(join(tmpdir(), "qanat-bench-growth-"));
  const environment = openEnvironment(directory);
  const database = openNodeDb(environment, new Uint8Array(32), { discardWriteLogs: true });
  try {
    const network = new Network(undefined, { store: new DbStateStore(database) });
    const ledger = new Ledger(network);
    const points: GrowthPoint[] = [];
    network.produce();
    for (const accounts of sizes) {
      while (ledger.size < accounts) {
        // An epoch begins in a block of its own height: that one must not be passed over.
        while ((network.height + 1n) % EPOCH_BLOCKS === 0n) network.produce();
        environment.transaction(() => ledger.grow(Math.min(accounts, ledger.size + BATCH), database));
      }
      const run = (makeTransfers: () => Uint8Array[]) =>
        environment.transaction(() => network.produce(...makeTransfers()));
      for (let i = 0; i < WARM_UP_BLOCKS; i++) run(() => ledger.transfers());
      const transfersMs = measured(() => ledger.transfers(), run);
      const emptyMs = measured(() => [], run);
      points.push({ accounts, transfersMs, emptyMs, databaseBytes: environment.size() });
    }
    return points;
  } finally {
    await environment.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Median processor time of a block, so that what else the machine does counts little; making transactions does not count. */
function measured(make: () => Uint8Array[], run: (make: () => Uint8Array[]) => void): number {
  const times: number[] = [];
  for (let i = 0; i < MEASURED_BLOCKS; i++) {
    const transactions = make();
    const before = process.threadCpuUsage();
    run(() => transactions);
    const { user, system } = process.threadCpuUsage(before);
    times.push((user + system) / 1000);
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  );
}

/** Accounts written past the transactions, and transfers between them. */
class Ledger {
  readonly #network: Network;
  readonly #senders: { readonly signer: MemorySigner; nonce: bigint }[];
  size = 0;
  #turn = 0;

  constructor(network: Network) {
    this.#network = network;
    this.#senders = Array.from({ length: SENDERS }, (_, i) => ({
      signer: testSigner(`sender ${i}`),
      nonce: 0n,
    }));
  }

  /** Writes accounts in place of the next block. */
  grow(size: number, database: NodeDb): void {
    const store = new DbStateStore(database);
    const tree = store.open();
    const account = Account.zero();
    account.general.balance = BALANCE;
    for (; this.size < size; this.size++) setAccount(tree, this.#address(this.size), account);
    const network = this.#network;
    network.height++;
    store.commit(tree, network.height);
    network.application = network.start({ store });
  }

  transfers(): Uint8Array[] {
    return Array.from({ length: TRANSFERS_PER_BLOCK }, () => {
      const sender = this.#senders[this.#turn++ % SENDERS]!;
      // Multiples of a large prime go everywhere.
      const to = this.#address((this.#turn * 982_451_653) % this.size);
      return this.#network.sign(sender.signer, {
        nonce: sender.nonce++,
        method: "staking.Transfer",
        body: encode(Transfer, { to, amount: 1n }),
        fee: { amount: 1n, gas: 1000n },
      });
    });
  }

  /** The first accounts are the senders', the others nobody's. */
  #address(index: number) {
    const sender = this.#senders[index];
    if (sender !== undefined) return stakingAddress(sender.signer.publicKey);
    const hash = sha512_256(new TextEncoder().encode(`account ${index}`));
    return Uint8Array.of(0, ...hash.subarray(0, 20));
  }
}
