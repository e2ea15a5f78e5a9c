import { join } from "node:path";
import { toBase64 } from "../../codec/bytes.ts";
import { loadPublicKey } from "../../crypto/key-file.ts";
import type { ApiPorts } from "./choose-ports.ts";
import type { LocalnetPaths, LocalnetSettings, NodePorts } from "./localnet-files.ts";

/**
 * What a node of a local network does: all of it (`only`), signing blocks and serving the API (`first`), signing blocks
 * (`validator`), telling the others where they are (`seed`).
 */
export type NodeKind = "only" | "first" | "validator" | "seed";

/** Where the files of one node are. */
export interface NodePaths {
  readonly dir: string;
  /** The node's configuration file. */
  readonly config: string;
  /** The entity that vouches for the node. */
  readonly entityDir: string;
  readonly dataDir: string;
  readonly log: string;
  /** The internal socket. */
  readonly socket: string;
}

/** One node of a local network. */
export interface LocalnetNode {
  readonly name: string;
  readonly kind: NodeKind;
  /** Whether it runs the ParaTime. */
  readonly computes: boolean;
  readonly paths: NodePaths;
  readonly ports: NodePorts;
}

/** Most validators of a local network: each is a process of some 100 MB, all on one machine. */
export const MAX_VALIDATORS = 20;
/** Ports of gRPC and of gRPC-Web of the node that runs the ParaTime; others are taken where these are busy. */
export const WANTED_API_PORTS: ApiPorts = { grpcPort: 42270, httpPort: 42280 };
/** What the descriptor of an only node says; nobody connects there. */
const ONLY_PORTS: NodePorts = { consensus: 26656, p2p: 9200 };

/** Names of the nodes of a network with so many validators; one node needs no seed. */
export function nodeNames(validators: number): string[] {
  if (validators === 1) return ["node"];
  return [...Array.from({ length: validators }, (_, i) => `validator-${i + 1}`), "seed"];
}

/** The nodes of a local network, validators first. */
export function localnetNodes(
  { dir }: Pick<LocalnetPaths, "dir">,
  { validators, compute, ports }: Pick<LocalnetSettings, "validators" | "compute" | "ports">,
): LocalnetNode[] {
  return nodeNames(validators).map((name, index): LocalnetNode => {
    // An only node has no folder of its own: its files are all that is there.
    if (validators === 1)
      return { name, kind: "only", computes: true, paths: nodePaths(dir), ports: ONLY_PORTS };
    const kind = name === "seed" ? "seed" : index === 0 ? "first" : "validator";
    const computes = kind !== "seed" && index < compute;
    return { name, kind, computes, paths: nodePaths(join(dir, name)), ports: ports[name] ?? ONLY_PORTS };
  });
}

/** `<base64 P2P key>@host:port` of a node that has its keys, for consensus peers. */
export function peerAddress(node: Pick<LocalnetNode, "paths" | "ports">): string {
  return seedAddresses(node)[0]!;
}

/** The addresses of a node that has its keys, for consensus peers and for ParaTime peers. */
export function seedAddresses({ paths, ports }: Pick<LocalnetNode, "paths" | "ports">): [string, string] {
  const key = toBase64(loadPublicKey(join(paths.dataDir, "p2p_pub.pem")));
  return [`${key}@127.0.0.1:${ports.consensus}`, `${key}@127.0.0.1:${ports.p2p}`];
}

function nodePaths(dir: string): NodePaths {
  const dataDir = join(dir, "node");
  return {
    dir,
    config: join(dir, "config.yml"),
    entityDir: join(dir, "entity"),
    dataDir,
    log: join(dataDir, "node.log"),
    socket: join(dataDir, "internal.sock"),
  };
}
