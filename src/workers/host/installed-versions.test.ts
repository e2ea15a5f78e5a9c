import { expect, test } from "vitest";
import { hash, namespace } from "../../codec/common-types.ts";
import { decode, encode } from "../../codec/schema.ts";
import type { LoadedComponent } from "../../runtime/bundle/load-component.ts";
import type { HostEvent, RuntimeHost } from "../../runtime/host.ts";
import { RuntimeInfoResponse } from "../../types/host-protocol-runtime-calls.ts";
import { Runtime, VersionInfo } from "../../types/runtime.ts";
import { InstalledVersions } from "./installed-versions.ts";
import { switchVersions } from "./version-switch.ts";

const runtimeId = namespace.zero();
const v = (major: number) => ({ major, minor: 0, patch: 0 });
const manifestHash = (byte: number) => decode(hash, encode(hash, new Uint8Array(32).fill(byte) as never));

function bundle(major: number, byte = major): LoadedComponent {
  return {
    ...{ runtimeId, component: "ronl", executable: `/bundles/${byte}` },
    ...{ version: v(major), manifestHash: manifestHash(byte) },
  };
}

const plain: LoadedComponent = {
  ...{ runtimeId, component: "ronl", executable: "/plain", version: null, manifestHash: null },
};

test.each<[string, LoadedComponent, LoadedComponent[], number | null, string]>([
  ["the configured bundle while nothing is known", bundle(1), [bundle(2)], null, "/bundles/1"],
  ["the configured bundle", bundle(1), [bundle(2)], 1, "/bundles/1"],
  ["an added bundle", bundle(1), [bundle(2), bundle(3)], 3, "/bundles/3"],
  ["the one that was added last", bundle(1), [bundle(2, 7), bundle(2, 8)], 2, "/bundles/8"],
  ["an added one in place of the configured one", bundle(1), [bundle(1, 9)], 1, "/bundles/9"],
  ["what runs when nothing fits", bundle(1), [bundle(2)], 5, "/bundles/1"],
  ["a plain executable, which may be anything", plain, [bundle(2)], 1, "/plain"],
  ["a bundle before a plain executable", plain, [bundle(2)], 2, "/bundles/2"],
])("runs %s", (_, configured, added, deployed, executable) => {
  const installed = new InstalledVersions(configured);
  for (const component of added) installed.add(component);
  expect(installed.take(deployed === null ? null : v(deployed)).executable).toBe(executable);
  expect(installed.current.executable).toBe(executable);
});

test("forgets added bundles before the deployed version", () => {
  const installed = new InstalledVersions(bundle(1));
  for (const component of [bundle(2), bundle(3), bundle(4)]) installed.add(component);
  expect(installed.dropBefore(v(3)).map(({ executable }) => executable)).toEqual(["/bundles/2"]);
  expect(installed.choose(v(2)).executable).toBe("/bundles/1");
  expect(installed.choose(v(4)).executable).toBe("/bundles/4");
});

test.each<[string, LoadedComponent[], number | null, number | null]>([
  ["none when its bundle is not here", [], null, null],
  ["the next deployment's", [bundle(2)], null, 2],
  ["the next deployment's with the right checksum", [bundle(2, 5)], 5, 2],
  ["none when it is another bundle", [bundle(2, 5)], 6, null],
])("offers beside the deployed version: %s", (_, added, checksum, expected) => {
  const installed = new InstalledVersions(bundle(1));
  for (const component of added) installed.add(component);
  const bundle_checksum = checksum === null ? null : new Uint8Array(32).fill(checksum);
  const descriptor = Runtime.make({
    deployments: [
      VersionInfo.make({ version: v(1), valid_from: 0n }),
      VersionInfo.make({ version: v(2), valid_from: 10n, bundle_checksum }),
    ],
  });
  expect(installed.next({ descriptor, epoch: 9n })?.major ?? null).toBe(expected);
  expect(installed.next({ descriptor, epoch: 10n })).toBeNull();
});

test("starts the process anew when another installed version is deployed, and only then", async () => {
  const installed = new InstalledVersions(bundle(1));
  installed.add(bundle(2));
  let deployed = v(1);
  const blocks = new Set<() => void>();
  const reasons: string[] = [];
  const host: RuntimeHost = {
    runtimeId,
    component: "ronl",
    status: () => ({ state: "stopped", sinceMs: 0 }),
    info: () => RuntimeInfoResponse.zero(),
    start: () => void installed.take(deployed),
    stop: async () => {},
    abort: async ({ reason } = {}) => {
      reasons.push(reason!);
      installed.take(deployed);
    },
    call: () => Promise.reject(new Error("not called")),
    subscribe: (_: (event: HostEvent) => void) => () => {},
    logTail: () => [],
  };
  const switched = switchVersions({
    ...{ host, installed, deployed: () => deployed },
    onBlock: (listener) => {
      blocks.add(listener);
      return () => blocks.delete(listener);
    },
  });
  const block = () => {
    for (const listener of blocks) listener();
  };
  switched.start();
  block();
  expect(reasons).toEqual([]);
  deployed = v(2);
  block();
  block();
  expect(reasons).toEqual(["another version is deployed"]);
  expect(installed.current.version).toEqual(v(2));
  deployed = v(3);
  block();
  expect(reasons).toHaveLength(1);
  await switched.stop();
  expect(blocks.size).toBe(0);
});
