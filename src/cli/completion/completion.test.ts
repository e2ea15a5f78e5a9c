import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { run } from "../testing/run-command.ts";

const shells = ["bash", "zsh", "fish"] as const;
const isThere = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "qanat-completion-"));
  for (const shell of shells) {
    const { out, code } = await run(["completion", shell]);
    expect(code).toBe(0);
    writeFileSync(join(folder, shell), out);
  }
});

test.each(shells)(
  "the script for %s has all commands, and only names that a shell reads as they are",
  async (shell) => {
    const { out } = await run(["completion", shell]);
    for (const path of ["control status", "stake account gen_transfer", "completion fish"]) {
      expect(out).toContain(`'${path}'`);
    }
    const quoted = [...out.matchAll(/^\s*(?:case|string split ' ' --|echo)? ?'([^']*)'/gm)].map(
      ([, text]) => text!,
    );
    for (const text of quoted) expect(text).toMatch(/^[A-Za-z0-9._ -]*$/);
  },
);

for (const shell of shells) {
  test.skipIf(!isThere(shell))(`${shell} finds no mistake in its script`, () => {
    expect(spawnSync(shell, ["-n", join(folder, shell)], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
  });
}

describe.skipIf(!isThere("bash"))("bash completes", () => {
  test.each([
    ["oasis-node con", ["config", "consensus", "control"]],
    ["oasis-node control st", ["status"]],
    ["oasis-node -a unix:x stake account gen_t", ["gen_transfer"]],
    ["oasis-node stake account gen_transfer --stake.transfer.d", ["--stake.transfer.destination"]],
    ["oasis-node nothing", []],
  ])("%s", (line, expected) => {
    const words = line.split(" ");
    const script = [
      `source '${join(folder, "bash")}'`,
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
      `COMP_CWORD=${words.length - 1}`,
      "_oasis_node",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's, not ours.
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join("\n");
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout.split("\n").filter(Boolean).sort()).toEqual(expected);
  });
});
