import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLogging, type LogFormat } from "./logger.ts";

function logged(format: LogFormat): string[] {
  const file = join(mkdtempSync(join(tmpdir(), "qanat-log-")), "node.log");
  const logging = createLogging({
    levels: new Map([
      ["default", "warn"],
      ["consensus", "info"],
      ["consensus/staking", "error"],
    ]),
    format,
    file,
  });
  logging.logger("api").info("not written");
  logging.logger("consensus/beacon").info({ height: 5, note: 'two "words"' }, "written");
  logging.logger("consensus/staking").warn("not written");
  return readFileSync(file, "utf8").trimEnd().split("\n");
}

test("the longest configured prefix of the module decides the level", () => {
  const lines = logged("json").map((line) => JSON.parse(line));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: "info", module: "consensus/beacon", height: 5, msg: "written" });
  expect(new Date(lines[0].ts).getTime()).toBeGreaterThan(0);
});

test("logfmt quotes what needs quotes", () => {
  expect(logged("logfmt")[0]).toMatch(
    /^level=info ts=\S+ module=consensus\/beacon height=5 note="two \\"words\\"" msg=written$/,
  );
});

test("human lines name the module before the message", () => {
  expect(logged("human")[0]).toContain("consensus/beacon: written");
});
