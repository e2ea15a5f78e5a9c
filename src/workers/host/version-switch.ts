import type { RuntimeHost } from "../../runtime/host.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Version } from "../../types/common.ts";
import type { InstalledVersions } from "./installed-versions.ts";

export interface VersionSwitchDeps {
  readonly host: RuntimeHost;
  readonly installed: InstalledVersions;
  /** The version that the consensus layer has deployed; null while that is not known. */
  readonly deployed: () => Version | null;
  /** Calls the listener after each consensus block. */
  readonly onBlock: (listener: () => void) => Disposer;
}

/** The host, whose process is started anew as soon as another installed version is the deployed one. */
export function switchVersions({ host, installed, deployed, onBlock }: VersionSwitchDeps): RuntimeHost {
  let disposer: Disposer | null = null;
  const look = () => {
    if (host.info() === null || installed.choose(deployed()) === installed.current) return;
    void host.abort({ force: true, reason: "another version is deployed" }).catch(() => {});
  };
  return {
    runtimeId: host.runtimeId,
    component: host.component,
    status: () => host.status(),
    info: () => host.info(),
    start: () => {
      disposer ??= onBlock(look);
      host.start();
    },
    stop: async () => {
      disposer?.();
      disposer = null;
      await host.stop();
    },
    abort: (options) => host.abort(options),
    call: (name, body, options) => host.call(name, body, options),
    subscribe: (listener) => host.subscribe(listener),
    logTail: () => host.logTail(),
  };
}
