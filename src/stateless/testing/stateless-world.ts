import type { Handlers } from "../../api/handlers.ts";
import { RecordingNode } from "../../api/testing/test-server.ts";
import type { ChainClock } from "../../chain/clock.ts";
import { LightClient } from "../../chain/light/light-client.ts";
import { TrustedStore } from "../../chain/light/trusted-store.ts";
import { LIGHT_VERIFY_DEFAULTS } from "../../chain/light/verify-light-block.ts";
import { NANOS_PER_MILLISECOND } from "../../chain/time.ts";
import { cometGenesis } from "../../config/genesis/comet-genesis.ts";
import { createBlacklist } from "../../crypto/blacklist.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import { memoryEnvironment } from "../../storage/environment/memory-environment.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { Status } from "../../types/api-consensus.ts";
import { BlockDelivery } from "../block-delivery.ts";
import { Fetches } from "../missing.ts";
import { ProvenState } from "../proven-state.ts";
import { ProviderPool } from "../provider-pool.ts";
import { StatelessConsensus } from "../stateless-consensus.ts";
import { statelessHandlers } from "../stateless-handlers.ts";
import { VerifiedHeaders } from "../verified-headers.ts";
import { type RecordedNode, TestProvider } from "./recorded-provider.ts";

/** A stateless node without its shell, and the providers that it asks. */
export interface StatelessWorld extends AsyncDisposable {
  readonly providers: readonly TestProvider[];
  readonly pool: ProviderPool;
  readonly headers: VerifiedHeaders;
  readonly consensus: StatelessConsensus;
  readonly state: ProvenState;
  readonly fetches: Fetches;
  readonly handlers: Required<Handlers>;
  /** Has the newest block of the recording verified. */
  follow(): Promise<void>;
}

export interface StatelessWorldOptions {
  /** How many providers there are; all have the same chain. Or providers that are there already, and stay. */
  readonly providers?: number | readonly TestProvider[];
  /** Where the light client keeps verified blocks; one of its own when left out. */
  readonly environment?: Environment;
  /** Memory for proven parts of the state. */
  readonly stateBytes?: number;
}

/** A stateless node that trusts the first block of a recorded chain, at the time of its last one. */
export async function statelessWorld(
  node: RecordedNode,
  {
    providers: wanted = 3,
    environment = memoryEnvironment(),
    stateBytes = 1 << 24,
  }: StatelessWorldOptions = {},
): Promise<StatelessWorld> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const logger = silentLogging.logger("stateless");
  const providers = typeof wanted === "number" ? await startProviders(node, wanted) : wanted;
  const lastTime = node.timeOf(node.lastHeight);
  const clock: ChainClock = {
    now: () => Number(lastTime / NANOS_PER_MILLISECOND) + 1000,
    schedule: () => () => {},
  };
  const chain = cometGenesis(node.genesis, {
    debug: true,
    blacklist: createBlacklist({ allowTestKeys: true }),
  });
  const first = node.blockAt(node.genesis.height)!;
  const light = new LightClient(
    {
      verify: { ...LIGHT_VERIFY_DEFAULTS, chainId: chain.chain_id },
      anchor: { kind: "block", root: { height: node.genesis.height, hash: first.hash } },
    },
    { providers, store: new TrustedStore(environment), clock, logger },
  );
  const headers = new VerifiedHeaders(light);
  const pool = new ProviderPool(providers, { clock, logger });
  const state = new ProvenState(pool, stateBytes);
  const fetches = new Fetches(signal);
  const delivery = new BlockDelivery(signal, {
    ...{ headers, fetches, logger },
    read: (height) => ({
      ...consensus.blockAt(height)!,
      ...{ height, results: consensus.resultsAt(height)! },
    }),
    pause: async () => {},
  });
  const consensus: StatelessConsensus = new StatelessConsensus({
    ...{ genesis: node.genesis, chainContext: node.chainContext, params: chain.consensus_params },
    ...{ headers, pool, state, stopping: signal, delivery },
    status: () => Status.zero(),
  });
  const handlers = statelessHandlers({ node: new RecordingNode(), consensus }, fetches);
  return {
    ...{ providers, pool, headers, consensus, state, fetches },
    handlers: handlers as Required<Handlers>,
    follow: async () => {
      await headers.verify(node.latestHeight(), signal);
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort(new Error("the test is over"));
      if (providers === wanted) return;
      await Promise.all(providers.map((provider) => provider[Symbol.asyncDispose]()));
    },
  };
}

/** Providers `provider-1`, `provider-2`, … with the same chain. */
export function startProviders(node: RecordedNode, count: number): Promise<TestProvider[]> {
  const names = Array.from({ length: count }, (_, i) => `provider-${i + 1}`);
  return Promise.all(names.map((name) => TestProvider.start(name, node)));
}
