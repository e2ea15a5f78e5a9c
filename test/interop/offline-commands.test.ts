import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../src/cli/testing/run-command.ts";
import { sharedPath } from "../shared.ts";
import { officialBinary } from "./official-network.ts";

// The same offline commands typed to both programs, with one key: the files that they write must be the same bytes.

const binary = officialBinary();

/** Known to both: the recorded network's test keys are allowed. */
const debug = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"];
const genesis = ["--genesis.file", sharedPath("chains", "first-light.genesis.json")];
const files = join(import.meta.dirname, "../../src/cli/testing/official-files");
const account = "oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "qanat-offline-"));
  await run(["registry", "entity", "init", "--signer.dir", folder]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function official(args: readonly string[]): string {
  return execFileSync(binary!, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

const quantity = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const shortNumber = fc.bigInt({ min: 1n, max: 2n ** 40n }).map(String);

/** Bodies of every command that writes a transaction. */
const commands: Readonly<Record<string, fc.Arbitrary<string[]>>> = {
  "stake account gen_transfer": quantity.map((amount) => [
    ...["--stake.transfer.destination", account, "--stake.amount", amount],
  ]),
  "stake account gen_burn": quantity.map((amount) => ["--stake.amount", amount]),
  "stake account gen_escrow": quantity.map((amount) => [
    ...["--stake.escrow.account", account, "--stake.amount", amount],
  ]),
  "stake account gen_reclaim_escrow": quantity.map((shares) => [
    ...["--stake.escrow.account", account, "--stake.shares", shares],
  ]),
  "stake account gen_withdraw": quantity.map((amount) => [
    ...["--stake.withdraw.source", account, "--stake.amount", amount],
  ]),
  "stake account gen_allow": fc
    .tuple(quantity, fc.boolean())
    .map(([amount, isLess]) => [
      ...["--stake.allow.beneficiary", account],
      ...["--stake.allow.amount_change", isLess ? `-${amount}` : amount],
    ]),
  "stake account gen_amend_commission_schedule": fc
    .tuple(fc.nat(100_000), fc.nat(100_000), fc.nat(50))
    .map(([rate, bound, epoch]) => [
      ...["--stake.commission_schedule.rates", `${epoch}/${rate},${epoch + 9}/7`],
      ...["--stake.commission_schedule.bounds", `${epoch}/0/${bound}`],
    ]),
  "registry entity gen_register": fc.constant([]),
  "registry entity gen_deregister": fc.constant([]),
  "registry runtime gen_register": fc.constant(["--runtime.descriptor", join(files, "runtime.json")]),
  "governance gen_cast_vote": fc
    .tuple(shortNumber, fc.constantFrom("yes", "no", "abstain"))
    .map(([id, vote]) => ["--vote.proposal.id", id, "--vote", vote]),
  "governance gen_submit_proposal": fc.oneof(
    shortNumber.map((id) => ["--proposal.cancel_upgrade.id", id]),
    fc.constant<string[]>(["--proposal.upgrade.descriptor", join(files, "upgrade.json")]),
  ),
  "keymanager gen_update": fc.constant<string[]>([
    ...["--keymanager.policy.file", join(files, "policy.cbor")],
    ...["--keymanager.policy.signature.file", join(files, "policy.sig")],
  ]),
};

const envelope = fc.record({ nonce: shortNumber, gas: shortNumber, amount: shortNumber });

describe.skipIf(binary === null)("both programs write the same transaction", () => {
  test.each(Object.entries(commands))("%s", { timeout: 240_000 }, async (command, bodies) => {
    const property = fc.asyncProperty(bodies, envelope, async (body, { nonce, gas, amount }) => {
      const args = [
        ...command.split(" "),
        ...body,
        ...["--transaction.nonce", nonce, "--transaction.fee.gas", gas, "--transaction.fee.amount", amount],
        ...["--signer.dir", folder, "-y"],
        ...genesis,
        ...debug,
      ];
      const written = (name: string) => join(folder, name);
      const shown = official([...args, "--transaction.file", written("official.json")]);
      const ours = await run([...args, "--transaction.file", written("ours.json")]);
      expect(ours).toEqual({ code: 0, out: shown, err: "" });
      expect(readFileSync(written("ours.json"), "utf8")).toBe(readFileSync(written("official.json"), "utf8"));
      const again = [
        "consensus",
        "show_tx",
        "--transaction.file",
        written("ours.json"),
        ...genesis,
        ...debug,
      ];
      expect((await run(again)).out).toBe(official(again));
    });
    await fc.assert(property, { numRuns: 3 });
  });
});
