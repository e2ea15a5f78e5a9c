import { describe, expect, it } from "vitest";
import { filledSeedConfig, sampleConfigText } from "../../test/config-samples.ts";
import { ConfigError } from "./config-error.ts";
import { parseConfig } from "./load-config.ts";
import { migrateConfig } from "./migrate-config.ts";

describe("migrateConfig", () => {
  it.each([
    ["the seed's file", filledSeedConfig()],
    ["the official sample", sampleConfigText()],
    [
      "levels, durations without unit and numbers in quotes",
      'datadir: /d\nlog.level: DEBUG\nmetrics.interval: "2s"\nworker.p2p.port: "1234"\nworker.storage.checkpointer.disabled: "false"\n',
    ],
  ])("writes a file of the 26.1 form that means the same: %s", (_, text) => {
    const { text: migrated } = migrateConfig(text, "config.yml");
    const again = parseConfig(migrated, "migrated.yml");
    expect(again.form).toBe("26.1");
    expect(again.config).toEqual(parseConfig(text, "config.yml").config);
  });

  it("has the keys that are set and no others, in the order of the reference", () => {
    const { text } = migrateConfig("worker.p2p.port: 1\nlog.level: warn\ndatadir: /d\n", "config.yml");
    expect(text).toBe("common:\n  data_dir: /d\n  log:\n    level:\n      default: warn\np2p:\n  port: 1\n");
  });

  it("says what it leaves out", () => {
    const { warnings } = migrateConfig("datadir: /d\nworker.client.port: 1\n", "config.yml");
    expect(warnings.map(({ key, kind }) => [key, kind])).toEqual([["worker.client.port", "no-effect"]]);
  });

  it("refuses a wrong file", () => {
    expect(() => migrateConfig("datadir: /d\nworker.p2p.port: x\n", "config.yml")).toThrow(ConfigError);
  });
});
