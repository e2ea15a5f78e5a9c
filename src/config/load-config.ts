import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { checkRules } from "./checks.ts";
import { type ClassicReading, readClassic } from "./classic/read-classic.ts";
import { ConfigError, type ConfigNote, type ConfigWarning } from "./config-error.ts";
import { type ConfigForm, detectForm } from "./detect-form.ts";
import { type Environment, substituteEnvironment } from "./environment.ts";
import { finishConfig } from "./finish-config.ts";
import { applyOverrides, type Overrides } from "./overrides.ts";
import { findPlaceholders } from "./placeholders.ts";
import { profileOverrides } from "./profile.ts";
import type { Config } from "./schema.ts";
import { keyText } from "./schema-walk.ts";
import { validate, warnAboutKeys } from "./validate.ts";
import { MAX_CONFIG_LENGTH, type RawText, readYamlText } from "./yaml-text.ts";

export interface LoadConfigOptions {
  /** Values that win over the file, by dotted 26.1 key. */
  readonly overrides?: Overrides;
  /** Variables that a 26.1 file may refer to. */
  readonly environment?: Environment;
  /** Folder that relative paths start from. */
  readonly workingDirectory?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** What in the file has no effect, is unknown or outdated, in the order of the file. */
  readonly warnings: readonly ConfigWarning[];
  readonly form: ConfigForm;
}

/**
 * Reads a configuration file of the 21.x or the 26.1 form, and checks it.
 *
 * @throws ConfigError with everything that is wrong
 */
export async function loadConfig(path: string, options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  return parseConfig(await readConfigText(path), path, options);
}

/** As {@link loadConfig}, from text; `source` names it in messages. */
export function parseConfig(text: string, source: string, options: LoadConfigOptions = {}): LoadedConfig {
  const reading = readAnyForm(text, source, options.environment ?? {});
  const { positions, nameOf, form } = reading;
  const keyWarnings = warnAboutKeys(reading.root, positions, form === "classic", nameOf);
  const overrides = { ...profileOverrides(reading.root), ...options.overrides };
  const root = applyOverrides(reading.root, overrides);
  for (const key of Object.keys(overrides)) positions.hide(key.split("."));
  const validated = validate(root, positions, nameOf);
  const problems: ConfigNote[] = [...reading.problems, ...validated.problems];
  if (validated.config === null) throw new ConfigError(source, problems);
  const config = finishConfig(validated.config, options.workingDirectory ?? process.cwd());
  for (const { path, message } of checkRules(config)) {
    problems.push({ position: positions.get(path), key: nameOf(path), message });
  }
  if (problems.length > 0) throw new ConfigError(source, problems);
  return { config, warnings: inFileOrder([...reading.warnings, ...keyWarnings]), form };
}

export interface FormReading extends ClassicReading {
  readonly form: ConfigForm;
}

/** Values of a text in the 26.1 shape, whatever form the text has. @throws ConfigError when it cannot be read at all */
export function readAnyForm(text: string, source: string, environment: Environment): FormReading {
  if (text.length > MAX_CONFIG_LENGTH) {
    const message = `is longer than ${MAX_CONFIG_LENGTH} characters`;
    throw new ConfigError(source, [{ position: null, key: "", message }]);
  }
  const placeholders = findPlaceholders(text);
  if (placeholders.length > 0) throw new ConfigError(source, placeholders);
  const first = readYamlText(text, false);
  if (first.problems.length === 0 && detectForm(first.root) === "classic") {
    return { ...readClassic(readYamlText(text, true)), form: "classic" };
  }
  const substituted = substituteEnvironment(text, environment);
  const current = substituted.text === text ? first : readYamlText(substituted.text, false);
  if (current.problems.length > 0) throw new ConfigError(source, current.problems);
  return { ...readCurrent(current), warnings: substituted.warnings, form: "26.1" };
}

function readCurrent({ root, positions, repeated }: RawText): ClassicReading {
  const problems = repeated.map(({ path, position }) => ({
    position,
    key: keyText(path),
    message: "is given more than once",
  }));
  return { root, positions, problems, warnings: [], nameOf: keyText };
}

/** @throws ConfigError */
async function readConfigText(path: string): Promise<string> {
  const fail = (message: string, cause?: unknown) =>
    new ConfigError(path, [{ position: null, key: "", message }], { cause });
  const extension = extname(path).toLowerCase();
  if (!["", ".yml", ".yaml", ".json"].includes(extension)) {
    throw fail(`files of type ${extension} are not read; write the configuration as YAML or JSON`);
  }
  try {
    const { size } = await stat(path);
    if (size > MAX_CONFIG_LENGTH) throw fail(`is larger than ${MAX_CONFIG_LENGTH} bytes`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw fail(describeReadFailure(error), error);
  }
}

function describeReadFailure(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES") return "permission denied";
  if (code === "EISDIR") return "this is a directory, not a configuration file";
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

function inFileOrder(warnings: readonly ConfigWarning[]): ConfigWarning[] {
  return warnings.toSorted((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
}
