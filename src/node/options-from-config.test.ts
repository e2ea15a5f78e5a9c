import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../codec/bytes.ts";
import { toJsonText } from "../codec/schema.ts";
import { parseConfig } from "../config/load-config.ts";
import { testSigner } from "../crypto/memory-signer.ts";
import { Entity } from "../types/entity.ts";
import { optionsFromConfig } from "./options-from-config.ts";

const runtimeId = `80${"00".repeat(31)}`;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "qanat-options-"));
});

afterEach(() => rmSync(dir, { recursive: true }));

const options = (yaml: string) =>
  optionsFromConfig(parseConfig(yaml, "config.yml", { workingDirectory: dir }).config);

test("a compute node with its entity, ParaTime and listeners", () => {
  const entity = { v: 2, id: testSigner("owner").publicKey, nodes: [] };
  writeFileSync(join(dir, "entity.json"), toJsonText(Entity, entity));
  const built = options(`
mode: compute
common: { data_dir: data, log: { level: { default: warn, chain: debug } } }
genesis: { file: genesis.json }
consensus: { validator: true, external_address: "tcp://8.8.8.8:26656" }
registration: { entity: entity.json }
p2p: { registration: { addresses: ["8.8.8.8:9200"] } }
runtime:
  runtimes: [{ id: "${runtimeId}", executable: paratime, config: { a: 1 } }]
api: { http: { listen_address: "127.0.0.1:8080", cors_origins: ["*"] } }
`);
  expect(built).toMatchObject({
    mode: "compute",
    compute: true,
    validator: true,
    processHost: "sandbox",
    pacing: null,
  });
  expect(built.dataDir).toBe(join(dir, "data"));
  expect(built.entityId).toEqual(entity.id);
  expect(built.consensusAddresses).toMatchObject([{ Port: 26656n }]);
  expect(built.p2pAddresses).toMatchObject([{ Port: 9200n }]);
  expect(built.runtimes.map(({ runtimeId, ...rest }) => ({ id: toHex(runtimeId), ...rest }))).toEqual([
    { id: runtimeId, path: join(dir, "paratime"), localConfig: { a: 1 } },
  ]);
  expect(built.listeners).toEqual([
    { address: { kind: "unix", path: join(dir, "data", "internal.sock") }, methods: ["*"], web: null },
    { address: { kind: "tcp", host: "127.0.0.1", port: 8080 }, methods: ["*"], web: { origins: ["*"] } },
  ]);
  expect(built.logging.levels?.get("chain")).toBe("debug");
});

test("blocks on demand", () => {
  const built = options(
    "common: { data_dir: data }\nconsensus: { block_production: { on_demand: true, max_interval: 3s } }",
  );
  expect(built.pacing).toEqual({ kind: "on-demand", maxIntervalMs: 3000 });
});

test("a ParaTime without a program, and files that cannot be used, are named with their key", () => {
  const base = "common: { data_dir: data }\n";
  expect(() => options(`${base}runtime: { runtimes: [{ id: "${runtimeId}" }] }`)).toThrow(
    `there is no program for ParaTime ${runtimeId}`,
  );
  expect(() =>
    options(
      `${base}mode: compute\nregistration: { entity: missing.json }\nruntime: { runtimes: [{ id: "${runtimeId}", executable: x }] }`,
    ),
  ).toThrow(/^registration.entity: .*missing.json/);
  writeFileSync(join(dir, "broken.orc"), "not a zip");
  expect(() => options(`${base}runtime: { paths: [broken.orc] }`)).toThrow(/^runtime.paths: .*broken.orc/);
});
