import { equal } from "../../codec/bytes.ts";
import { activeDeployment, nextDeployment } from "../../consensus/registry/deployments.ts";
import type { LoadedComponent } from "../../runtime/bundle/load-component.ts";
import type { Version } from "../../types/common.ts";
import { compareVersions } from "../../types/versions.ts";
import type { RoundContext } from "../round-context.ts";

/**
 * The versions of a ParaTime's program that this node has: the configured one, and bundles that were added while it
 * ran (`control add-bundle`). The one that is deployed runs.
 */
export class InstalledVersions {
  readonly #configured: LoadedComponent;
  #added: readonly LoadedComponent[] = [];
  #current: LoadedComponent;

  constructor(configured: LoadedComponent) {
    this.#configured = configured;
    this.#current = configured;
  }

  /** What was taken last to run. */
  get current(): LoadedComponent {
    return this.#current;
  }

  /** One more version, of a bundle; in place of another bundle of the same version. */
  add(component: LoadedComponent): void {
    this.#added = [...this.#added.filter((other) => !isSameVersion(other, component)), component];
  }

  /** Forgets the added versions before one that is deployed. @returns them */
  dropBefore(version: Version): LoadedComponent[] {
    const isOld = (added: LoadedComponent) => compareVersions(added.version!, version) < 0;
    const old = this.#added.filter(isOld);
    this.#added = this.#added.filter((added) => !isOld(added));
    return old;
  }

  /** The program to run while that version is deployed. Without one of that version: what runs, which says so. */
  choose(deployed: Version | null): LoadedComponent {
    if (deployed === null) return this.#current;
    const all = [...this.#added].reverse();
    const isDeployed = ({ version }: LoadedComponent) =>
      version !== null && compareVersions(version, deployed) === 0;
    const found = [...all, this.#configured].find(isDeployed);
    // A plain executable does not say which version it is.
    return found ?? (this.#configured.version === null ? this.#configured : this.#current);
  }

  /** As {@link choose}; it becomes what runs. */
  take(deployed: Version | null): LoadedComponent {
    this.#current = this.choose(deployed);
    return this.#current;
  }

  /**
   * The version to be registered beside the deployed one, so that the node may be elected for it as soon as it is in
   * force: the next deployment, where its bundle is here and is the one that the deployment names.
   */
  next({ descriptor, epoch }: Pick<RoundContext, "descriptor" | "epoch">): Version | null {
    const next = nextDeployment(descriptor, epoch);
    const active = activeDeployment(descriptor, epoch);
    if (next === null || (active !== null && compareVersions(active.version, next.version) === 0))
      return null;
    const component = [...this.#added, this.#configured].find(
      ({ version }) => version !== null && compareVersions(version, next.version) === 0,
    );
    if (component === undefined) return null;
    const checksum = next.bundle_checksum ?? new Uint8Array(0);
    return checksum.length === 0 || equal(checksum, component.manifestHash!) ? next.version : null;
  }
}

function isSameVersion(a: LoadedComponent, b: LoadedComponent): boolean {
  return a.version !== null && b.version !== null && compareVersions(a.version, b.version) === 0;
}
