import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./testing/run-command.ts";

/** What the official node has written with the same flags. */
const official = (name: string) => join(import.meta.dirname, "testing", "official-files", name);
const keyManager = "c000000000000000ffffffffffffffffffffffffffffffffffffffffffffffff";
const paraTime = `80${"00".repeat(30)}01`;
const enclave = (byte: string) => byte.repeat(64);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "qanat-policy-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const policy = ["--keymanager.policy.file", official("policy.cbor")];
const signature = ["--keymanager.policy.signature.file", official("policy.sig")];

test("init_policy: permissions belong to the enclave before them", async () => {
  const written = await run([
    ...["keymanager", "init_policy", "--keymanager.policy.serial", "3", "--keymanager.policy.id", keyManager],
    ...["--keymanager.policy.enclave.id", enclave("aa")],
    ...["--keymanager.policy.may.replicate", `${enclave("bb")},${enclave("cc")}`],
    ...["--keymanager.policy.may.query", `${paraTime}=${enclave("bb")},${enclave("cc")}`],
    ...["--keymanager.policy.enclave.id", enclave("bb")],
    ...[
      "--keymanager.policy.master_secret_rotation_interval",
      "9",
      "--keymanager.policy.file",
      at("policy.cbor"),
    ],
  ]);
  expect(written).toEqual({ code: 0, out: "", err: "" });
  expect(readFileSync(at("policy.cbor"))).toEqual(readFileSync(official("policy.cbor")));
  expect(statSync(at("policy.cbor")).mode & 0o777).toBe(0o600);
});

test("sign_policy and verify_policy", async () => {
  const target = ["--keymanager.policy.signature.file", at("policy.sig")];
  const key = ["--keymanager.policy.testkey", "2", "--debug.dont_blame_oasis"];
  expect((await run(["keymanager", "sign_policy", ...policy, ...target, ...key])).code).toBe(0);
  expect(readFileSync(at("policy.sig"), "utf8")).toBe(readFileSync(official("policy.sig"), "utf8"));
  const verified = await run(["keymanager", "verify_policy", "-v", ...policy, ...signature]);
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.out)).toMatchObject({
    serial: 3,
    id: keyManager,
    master_secret_rotation_interval: 9,
  });
});

test("init_status", async () => {
  const target = ["--keymanager.status.id", keyManager, "--keymanager.status.file", at("status.json")];
  await run(["keymanager", "init_status", ...target, ...policy, ...signature]);
  expect(readFileSync(at("status.json"), "utf8")).toBe(readFileSync(official("status.json"), "utf8"));
  await run([
    ...[
      "keymanager",
      "init_status",
      ...target,
      "--keymanager.status.initialized",
      "--keymanager.status.secure",
    ],
    ...["--keymanager.status.checksum", "ab".repeat(32)],
    ...["--keymanager.status.rsk", "TqUyj5Q+9vZtqu10yw6Zw7HEX3Ywe0JQA9vHyzY47TU="],
  ]);
  const expected = readFileSync(official("status-initialized.json"), "utf8");
  expect(readFileSync(at("status.json"), "utf8")).toBe(expected);
});

test("signer export", async () => {
  await run(["registry", "entity", "init", "--signer.dir", folder]);
  const entity = readFileSync(at("entity.json"), "utf8");
  rmSync(at("entity.json"));
  expect((await run(["signer", "export", "--signer.dir", folder])).code).toBe(0);
  expect(readFileSync(at("entity.json"), "utf8")).toBe(entity);
});

test.each([
  [["keymanager", "init_policy"], "--keymanager.policy.serial is missing"],
  [
    [
      ...[
        "keymanager",
        "init_policy",
        "--keymanager.policy.serial",
        "1",
        "--keymanager.policy.id",
        keyManager,
      ],
      ...["--keymanager.policy.may.replicate", enclave("aa")],
    ],
    "stands before any --keymanager.policy.enclave.id",
  ],
  [["keymanager", "sign_policy", ...policy], "--keymanager.policy.key.file is missing"],
  [
    ["keymanager", "sign_policy", ...policy, "--keymanager.policy.testkey", "1"],
    "needs --debug.dont_blame_oasis",
  ],
  [
    ["keymanager", "verify_policy", "--keymanager.policy.file", official("policy.sig")],
    "policy.sig is malformed",
  ],
  [
    ["keymanager", "verify_policy", ...policy, "--keymanager.policy.signature.file", official("policy.cbor")],
    "policy signature",
  ],
  [
    ["keymanager", "init_status", "--keymanager.status.id", keyManager, "--keymanager.status.initialized"],
    "--keymanager.status.initialized needs --keymanager.status.checksum",
  ],
  [
    ["governance", "gen_cast_vote", "--vote", "maybe", "--vote.proposal.id", "1", "--transaction.file", "x"],
    'expected yes, no or abstain, not "maybe"',
  ],
  [["governance", "gen_cast_vote", "--vote", "yes"], "--vote.proposal.id is missing"],
  [["governance", "gen_submit_proposal"], "--proposal.cancel_upgrade.id is missing"],
  [["governance", "proposal_info"], "--proposal.id is missing"],
])("%j is refused", async (argv, message) => {
  const { code, err } = await run(argv);
  expect(code).toBe(1);
  expect(err).toContain(message);
});

test("another policy's signature does not verify", async () => {
  const changed = readFileSync(official("policy.cbor"));
  changed[changed.length - 1] = 8;
  writeFileSync(at("other.cbor"), changed);
  const other = ["--keymanager.policy.file", at("other.cbor"), ...signature];
  const { code, err } = await run(["keymanager", "verify_policy", ...other]);
  expect(code).toBe(1);
  expect(err).toContain("signature is not valid for given policy");
});
