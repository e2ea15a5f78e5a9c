import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import official from "./testing/official-transactions.json" with { type: "json" };
import { run } from "./testing/run-command.ts";

const genesis = sharedPath("chains", "first-light.genesis.json");
const testEntity = ["--debug.dont_blame_oasis", "--debug.test_entity", "--genesis.file", genesis];
/** A word that begins with `@` names a file in it. */
const officialFiles = join(import.meta.dirname, "testing", "official-files/");
const file = () => join(mkdtempSync(join(tmpdir(), "qanat-cli-")), "tx.json");

describe("what the official node writes with the same command", () => {
  test.each(official)("$command", async ({ command, text, file: expected, shown }) => {
    const path = file();
    const words = command.split(" ").map((word) => word.replace(/^@/, officialFiles));
    const written = await run([...words, ...testEntity, "--transaction.file", path, "-y"]);
    expect(written).toEqual({ code: 0, out: text, err: "" });
    expect(readFileSync(path, "utf8")).toBe(expected);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const show = await run(["consensus", "show_tx", "--transaction.file", path, "--genesis.file", genesis]);
    expect(show).toEqual({ code: 0, out: shown, err: "" });
  });
});

const burn = ["stake", "account", "gen_burn", "--stake.amount", "5", ...testEntity];

test("the user is asked and may say no", async () => {
  const path = file();
  const no = await run([...burn, "--transaction.file", path], { answer: false });
  expect(no.code).toBe(1);
  expect(no.out).toContain("Are you sure you want to continue? (y)es/(n)o: ");
  expect(() => statSync(path)).toThrow("ENOENT");
  expect((await run([...burn, "--transaction.file", path], { answer: true })).code).toBe(0);
});

test("unsigned: bare CBOR, nothing asked, nothing printed", async () => {
  const path = file();
  const result = await run([...burn, "--transaction.file", path, "--transaction.unsigned"], {
    answer: false,
  });
  expect(result).toEqual({ code: 0, out: "", err: "" });
  expect(readFileSync(path).toString("hex")).toBe(
    "a4636665 65a2636761730066616d6f756e744064626f6479a166616d6f756e744105656e6f6e636500666d6574686f646c7374616b696e672e4275726e".replace(
      " ",
      "",
    ),
  );
});

test("a signature for another network is told", async () => {
  const path = file();
  await run([...burn, "--transaction.file", path, "-y"]);
  const other = sharedPath("chains", "debond.genesis.json");
  const shown = await run(["consensus", "show_tx", "--transaction.file", path, "--genesis.file", other]);
  expect(shown.out).toContain("[INVALID SIGNATURE]");
});

describe("mistakes", () => {
  const cases = [
    { argv: ["stake", "account", "gen_burn"], message: "--transaction.file is missing" },
    {
      argv: [...burn, "--transaction.file", "/nonexistent/tx.json", "-y"],
      message: "no such file or directory",
    },
    {
      argv: [...burn.slice(0, 3), "--stake.amount", "1.5", "--transaction.file", "x", ...testEntity],
      message: '--stake.amount: expected a whole number of base units, not "1.5"',
    },
    {
      argv: [
        "stake",
        "account",
        "gen_escrow",
        "--stake.escrow.account",
        "oasis1x",
        "--transaction.file",
        "x",
        ...testEntity,
      ],
      message: '--stake.escrow.account: expected an account address (oasis1…): invalid bech32 text "oasis1x"',
    },
    {
      argv: ["stake", "account", "gen_burn", "--transaction.file", "x", "--debug.test_entity"],
      message: "--debug.test_entity needs --debug.dont_blame_oasis",
    },
    {
      argv: [
        "stake",
        "account",
        "gen_burn",
        "--transaction.file",
        "x",
        "--genesis.file",
        genesis,
        "--signer.dir",
        "/nonexistent",
      ],
      message: "/nonexistent/entity.pem: no such key file",
    },
    {
      argv: ["stake", "account", "gen_burn", "--transaction.file", "x", "-s", "ledger"],
      message: "only file is",
    },
    {
      argv: [
        "stake",
        "account",
        "gen_burn",
        "--transaction.file",
        "x",
        "--genesis.file",
        "/nonexistent",
        ...testEntity.slice(0, 2),
      ],
      message: "no such file",
    },
    { argv: ["consensus", "show_tx", "--transaction.file", genesis, "--genesis.file", genesis], message: "" },
  ];
  test.each(cases)("$message", async ({ argv, message }) => {
    const result = await run(argv);
    if (message === "") return;
    expect(result.code).toBe(1);
    expect(result.err).toContain(message);
    expect(result.err).not.toContain("    at ");
  });
});
