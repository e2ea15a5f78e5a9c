import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { toBase64, toHex } from "../../src/codec/bytes.ts";
import { toJsonText } from "../../src/codec/schema.ts";
import { formatGenesis } from "../../src/config/genesis/write-genesis.ts";
import { contexts } from "../../src/crypto/contexts.ts";
import { signSigned } from "../../src/crypto/envelope.ts";
import { loadOrCreateIdentity, type NodeIdentity } from "../../src/crypto/identity.ts";
import { type MemorySigner, testSigner } from "../../src/crypto/memory-signer.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { parseAddress } from "../../src/types/address.ts";
import type { Status } from "../../src/types/api-control.ts";
import { Entity } from "../../src/types/entity.ts";
import type { Document } from "../../src/types/genesis.ts";
import * as governance from "../../src/types/governance.ts";
import { ROLE_VALIDATOR } from "../../src/types/roles.ts";
import * as staking from "../../src/types/staking.ts";
import { nodeDescriptor, signNodeDescriptor } from "../../src/workers/registration/node-descriptor.ts";
import { BALANCE, networkDocument, STAKE } from "../consensus-network.ts";
import { type NodeProcess, startNode } from "../e2e/command.ts";
import { eventually, freePorts } from "../interop/official-network.ts";
import { ownLoopbackHost } from "../loopback-host.ts";

export interface NodeNetworkOptions {
  readonly validators: number;
  /** Nodes that validate nothing. */
  readonly clients?: number;
  /** With one, nodes know nobody else, on either network; without, each validator knows all others. */
  readonly seed?: boolean;
  /** Pause between blocks in milliseconds. */
  readonly blockMs?: number;
  readonly change?: (document: Document) => void;
  /** Where each node is: validators, clients, seed. On this machine, at an address of the network's own, when left out. */
  readonly places?: readonly NodePlace[];
}

/** A machine, maybe one of a laboratory of them. */
export interface NodePlace {
  /** Its address. */
  readonly host: string;
  /** Where others are told that the node is, when not there: the address of a router. */
  readonly external?: string;
  readonly consensusPort: number;
  readonly p2pPort: number;
  /** A command that runs the command after it there. */
  readonly within: readonly string[];
}

/** One node of a network, set up and maybe running, in a process of its own. */
export interface NetworkNode {
  readonly name: string;
  readonly dataDir: string;
  readonly configPath: string;
  readonly port: number;
  /** `<base64 key>@host:port`. */
  readonly peerText: string;
  /** The same for the network of ParaTime nodes. */
  readonly p2pText: string;
  readonly identity: NodeIdentity;
  readonly entity: MemorySigner;
  /** Over its internal socket. Only while it runs. */
  readonly client: ApiClient;
  readonly process: NodeProcess | null;
  /** @param change sections of its configuration that are different */
  start(change?: Record<string, Record<string, unknown>>): Promise<void>;
  /** Resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  status(): Promise<Status>;
  /** The height of its last block. */
  height(): Promise<bigint>;
  /** Hash and state root of a block, in words. */
  block(height: bigint): Promise<string>;
}

/** A network of nodes on loopback, in a folder of its own. Leaving its scope ends all at once. */
export interface NodeNetwork extends AsyncDisposable {
  readonly document: Document;
  readonly genesisPath: string;
  readonly validators: readonly NetworkNode[];
  readonly clients: readonly NetworkNode[];
  readonly seed: NetworkNode | null;
}

/** Sets up a network; none of its nodes is started. Accounts of `alice` and `bob` have tokens. */
export async function makeNodeNetwork({
  validators: count,
  clients = 0,
  seed = false,
  blockMs = 100,
  change = () => {},
  places,
}: NodeNetworkOptions): Promise<NodeNetwork> {
  const directory = mkdtempSync(join(tmpdir(), "qanat-network-"));
  const genesisPath = join(directory, "genesis.json");
  const kinds = [
    ...Array.from({ length: count }, () => "validator" as const),
    ...Array.from({ length: clients }, () => "client" as const),
    ...(seed ? (["seed"] as const) : []),
  ];
  const found = places ?? (await placesHere(kinds.length));
  const drafts = kinds.map((kind, i) => {
    const name = `${kind}-${i}`;
    const dataDir = join(directory, name);
    mkdirSync(dataDir, { mode: 0o700 });
    const identity = loadOrCreateIdentity({ dataDir, now: new Date() });
    const { host, external = host, consensusPort, p2pPort, within } = found[i]!;
    const address = `${external}:${consensusPort}`;
    const peerText = `${toBase64(identity.p2p.publicKey)}@${address}`;
    return {
      kind,
      name,
      dataDir,
      identity,
      address,
      peerText,
      listen: `${host}:${consensusPort}`,
      p2pText: `${toBase64(identity.p2p.publicKey)}@${external}:${p2pPort}`,
      p2pAddress: `${external}:${p2pPort}`,
      port: consensusPort,
      ...{ p2pPort, within },
      entity: testSigner(`entity ${i}`),
    };
  });
  const made = drafts.filter(({ kind }) => kind === "validator");
  const document = networkDocument((doc) => {
    doc.genesis_time = BigInt(Date.now()) * 1_000_000n;
    doc.consensus.params.timeout_commit = BigInt(blockMs) * 1_000_000n;
    doc.registry.params.debug_allow_unroutable_addresses = true;
    doc.registry.params.max_node_expiration = 5n;
    doc.staking.token_symbol = "TEST";
    doc.governance.params = governance.ConsensusParameters.make({
      min_proposal_deposit: 100n,
      voting_period: 10n,
      stake_threshold: 68,
      upgrade_min_epoch_diff: 15n,
      upgrade_cancel_min_epoch_diff: 15n,
    });
    doc.registry.entities = made.map(({ entity, identity }) =>
      signSigned(
        Entity,
        { v: 2, id: entity.publicKey, nodes: [identity.node.publicKey] },
        contexts.registerEntity,
        entity,
      ),
    );
    doc.registry.nodes = made.map(({ identity, entity, address, p2pAddress }) =>
      signNodeDescriptor(
        identity,
        nodeDescriptor({
          identity,
          entityId: entity.publicKey,
          expiration: 2n,
          roles: ROLE_VALIDATOR,
          runtimes: [],
          consensusAddresses: [parseAddress(address)!],
          p2pAddresses: [parseAddress(p2pAddress)!],
          softwareVersion: "",
        }),
      ),
    );
    fund(
      doc,
      made.map(({ entity }) => entity),
    );
    change(doc);
  });
  writeFileSync(genesisPath, formatGenesis(document));
  const seedDraft = drafts.find(({ kind }) => kind === "seed");
  const nodes = drafts.map((draft) => {
    const others = made.filter((other) => other !== draft).map(({ peerText }) => peerText);
    const known = seedDraft === undefined ? { persistent_peers: others } : {};
    const entityPath = join(draft.dataDir, "entity.json");
    const descriptor = { v: 2, id: draft.entity.publicKey, nodes: [draft.identity.node.publicKey] };
    writeFileSync(entityPath, toJsonText(Entity, descriptor));
    const config = {
      mode: draft.kind,
      common: {
        data_dir: draft.dataDir,
        log: { format: "json", level: { default: "info", p2p: "debug" } },
        debug: { allow_root: true },
      },
      genesis: { file: genesisPath },
      consensus: {
        listen_address: `tcp://${draft.listen}`,
        external_address: `tcp://${draft.address}`,
        p2p: known,
        debug: { addr_book_lenient: true, allow_duplicate_ip: true },
      },
      p2p: {
        port: draft.p2pPort,
        registration: { addresses: [draft.p2pAddress] },
        // Each of the two networks has a port of its own on the seed.
        ...(seedDraft !== undefined && {
          ...(draft.kind === "seed"
            ? { discovery: { bootstrap: { allow_private_ips: true } } }
            : { seeds: [seedDraft.peerText, seedDraft.p2pText] }),
        }),
      },
      ...(draft.kind === "validator" && { registration: { entity: entityPath } }),
      debug: { dont_blame_oasis: true },
    };
    return { kind: draft.kind, node: networkNode(draft, config) };
  });
  const of = (wanted: string) => nodes.filter(({ kind }) => kind === wanted).map(({ node }) => node);
  return {
    ...{
      document,
      genesisPath,
      validators: of("validator"),
      clients: of("client"),
      seed: of("seed")[0] ?? null,
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map(({ node }) => node.stop("SIGKILL")));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

type Draft = Pick<
  NetworkNode,
  "name" | "dataDir" | "identity" | "entity" | "peerText" | "p2pText" | "port"
> & { readonly within: readonly string[] };

/** Places on this machine that are nobody else's. */
export async function placesHere(count: number): Promise<NodePlace[]> {
  const host = ownLoopbackHost();
  const ports = await freePorts(2 * count, host);
  return Array.from({ length: count }, (_, i) => {
    return { host, consensusPort: ports[i]!, p2pPort: ports[count + i]!, within: [] };
  });
}

function networkNode(draft: Draft, config: Record<string, unknown>): NetworkNode {
  const configPath = join(draft.dataDir, "config.yml");
  let process: NodeProcess | null = null;
  let client: ApiClient | null = null;
  const connected = () => {
    if (client === null) throw new Error(`${draft.name} does not run`);
    return client;
  };
  return {
    ...draft,
    configPath,
    get client() {
      return connected();
    },
    get process() {
      return process;
    },
    async start(change = {}) {
      const merged: Record<string, unknown> = { ...config };
      for (const [section, values] of Object.entries(change)) {
        merged[section] = { ...(config[section] as object | undefined), ...values };
      }
      writeFileSync(configPath, stringify(merged));
      process = startNode(["--config", configPath], { within: draft.within });
      await process.started();
      client = new ApiClient(parseDialAddress(`unix:${join(draft.dataDir, "internal.sock")}`));
    },
    async stop(signal = "SIGINT") {
      client?.close();
      client = null;
      const running = process;
      process = null;
      return running === null ? null : await running.stop(signal);
    },
    status: () => connected().call("NodeController", "GetStatus", null),
    height: async () => (await connected().call("Consensus", "GetStatus", null)).latest_height,
    async block(height) {
      const { hash, state_root } = await connected().call("Consensus", "GetBlock", height);
      return `${toHex(hash)} on ${toHex(state_root.hash)}`;
    },
  };
}

/** The validators' entities have the same stake; everybody's balance is theirs. */
function fund(document: Document, entities: readonly MemorySigner[]): void {
  const id = (signer: MemorySigner) => toHex(stakingAddress(signer.publicKey));
  const { ledger } = document.staking;
  document.staking.delegations = new Map();
  for (const [address, account] of ledger!) if (account.escrow.active.balance > 0n) ledger!.delete(address);
  for (const entity of entities) {
    const account = staking.Account.zero();
    account.escrow.active = { balance: STAKE, total_shares: STAKE };
    ledger!.set(id(entity), account);
    document.staking.delegations.set(id(entity), new Map([[id(entity), { shares: STAKE }]]));
  }
  document.staking.total_supply = 2n * BALANCE + BigInt(entities.length) * STAKE;
}

/**
 * Checks that all nodes have the same blocks and states up to the lowest of their heads.
 * @param from height from which on
 */
export async function sameChain(nodes: readonly NetworkNode[], from = 1n): Promise<bigint> {
  const heads = await Promise.all(nodes.map((node) => node.height()));
  const [head] = heads.sort((a, b) => Number(a - b));
  for (let height = from; height <= head!; height++) {
    const blocks = await Promise.all(nodes.map((node) => node.block(height)));
    if (new Set(blocks).size !== 1) throw new Error(`height ${height}: ${blocks.join("; ")}`);
  }
  return head!;
}

/** Waits until all nodes have a block of that height. */
export async function reached(nodes: readonly NetworkNode[], height: bigint): Promise<void> {
  for (const node of nodes) await eventually(async () => (await node.height()) >= height);
}
