import type { Config } from "../../config/schema.ts";
import { UsageError } from "../errors.ts";
import type { Given } from "../given.ts";
import { configOverrides } from "./overrides.ts";

/** The configuration of a node, for commands that work on what the node keeps. */
export interface NodeConfigInput {
  readonly configPath: string;
  readonly overrides: Readonly<Record<string, string>>;
}

/** @throws UsageError when no configuration was named */
export function nodeConfigInput(given: Given): NodeConfigInput {
  const configPath = given.text("config");
  if (configPath === "") throw new UsageError("--config FILE is missing: the configuration of the node");
  return { configPath, overrides: configOverrides(given) };
}

/** @throws ConfigError */
export async function readNodeConfig({ configPath, overrides }: NodeConfigInput): Promise<Config> {
  const { loadConfig } = await import("../../config/load-config.ts");
  const { config } = await loadConfig(configPath, { overrides, environment: process.env });
  return config;
}
