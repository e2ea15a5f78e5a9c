import type { Disposer } from "../../telemetry/emitter.ts";
import type { CommitteeNetworkDeps } from "./committee-network.ts";
import { bootstrapService } from "./discovery/bootstrap-server.ts";
import { Registrations } from "./discovery/registrations.ts";
import { Host } from "./host/host.ts";
import type { HostOptions } from "./host/host-options.ts";
import { PeerBackup, SAVE_INTERVAL_MS } from "./peers/peer-backup.ts";
import { rpcServer } from "./rpc/rpc-server.ts";

export interface SeedNetworkOptions extends Omit<HostOptions, "gossip"> {
  /** Whether peers with addresses that only their neighbours can reach are told to others. */
  readonly allowPrivateIps: boolean;
  /** Whether nodes are answered at all. */
  readonly isAnswering: boolean;
  /** Where registrations are kept; null: nowhere. */
  readonly peersPath: string | null;
}

/** A seed on the network of ParaTime nodes: it tells nodes of each other, and takes part in nothing. */
export class SeedNetwork {
  readonly #options: SeedNetworkOptions;
  readonly #deps: CommitteeNetworkDeps;
  readonly #host: Host;
  readonly #registrations: Registrations;
  readonly #backup: PeerBackup | null;
  readonly #stopping = new AbortController();
  #saving: Disposer = () => {};

  constructor(options: SeedNetworkOptions, deps: CommitteeNetworkDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#host = new Host({ ...options, gossip: null }, deps);
    this.#registrations = new Registrations(deps);
    this.#backup = options.peersPath === null ? null : new PeerBackup(options.peersPath, deps.logger);
  }

  /** Begins to listen and to answer. @throws QanatError `p2p/listen` */
  async start(): Promise<void> {
    for (const [name, peers] of this.#backup?.load() ?? []) {
      for (const peer of peers) this.#registrations.add(name, peer);
    }
    const service = bootstrapService(this.#options, { host: this.#host, registrations: this.#registrations });
    const deps = { ...this.#deps, signal: this.#stopping.signal };
    await this.#host.start(this.#options.isAnswering ? [rpcServer(service, deps)] : []);
    this.#scheduleSaving();
  }

  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(new Error("the node stops"));
    this.#saving();
    this.#backup?.save(this.#registrations.byName());
    await this.#host.stop();
  }

  /** `{<peer id>: [<addresses>]}`, as the official seed's status has it. */
  get addresses(): string[] {
    return [`{${this.#host.id}: [${this.#host.addresses.join(" ")}]}`];
  }

  /** Registered peers, one text for each of their addresses. */
  get peers(): string[] {
    return this.#registrations
      .all()
      .flatMap(({ id, addresses }) => addresses.map((address) => `${address}/p2p/${id}`))
      .sort();
  }

  #scheduleSaving(): void {
    this.#saving = this.#deps.clock.schedule(() => {
      this.#backup?.save(this.#registrations.byName());
      this.#scheduleSaving();
    }, SAVE_INTERVAL_MS);
  }
}
