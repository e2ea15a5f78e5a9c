import { appendFileSync, openSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { type Logger as PinoLogger, pino } from "pino";

/** Structured logger: a fixed message plus fields. Network data never goes into the message, and into fields only below `info`. */
export type Logger = Pick<PinoLogger, "trace" | "debug" | "info" | "warn" | "error">;

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";
export type LogFormat = "json" | "logfmt" | "human";

export interface LoggingOptions {
  /** Level by module name or module prefix; `default` for the rest. */
  levels: ReadonlyMap<string, LogLevel> | null;
  format: LogFormat;
  /** Appended to when given; standard error otherwise. */
  file: string | null;
}

/** Gives out one logger per module. */
export interface Logging {
  logger(module: string): Logger;
}

const fallbackLevel: LogLevel = "info";

/**
 * Builds the loggers of one process.
 *
 * A module takes the level of its longest configured prefix: `consensus` also decides for `consensus/staking`.
 * @throws the system's error when the log file cannot be opened.
 */
export function createLogging(options: LoggingOptions): Logging {
  const descriptor = options.file === null ? 2 : openSync(options.file, "a", 0o600);
  const format = formatter(options.format);
  const root = pino(
    {
      level: "trace",
      base: null,
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) => {
        writeWhole(descriptor, options.file, format(line));
      },
    },
  );
  return {
    logger: (module) => root.child({ module }, { level: levelOf(options.levels, module) }),
  };
}

/** For tests and for commands whose output is their result. */
export const silentLogging: Logging = { logger: () => pino({ level: "silent" }) };

function levelOf(levels: ReadonlyMap<string, LogLevel> | null, module: string): LogLevel {
  for (let name = module; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf("/")))) {
    const level = levels?.get(name);
    if (level !== undefined) return level;
  }
  return levels?.get("default") ?? fallbackLevel;
}

/** A reader of the log that is slower than the node (a full pipe) must not end the node: the line is dropped. */
function writeWhole(descriptor: number, file: string | null, line: string): void {
  try {
    writeSync(descriptor, line);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EAGAIN" || code === "EPIPE") return;
    if (code === "EBADF" && file !== null) appendFileSync(file, line);
    else throw error;
  }
}

function formatter(format: LogFormat): (line: string) => string {
  if (format === "json") return (line) => line;
  if (format === "logfmt") return (line) => `${logfmt(JSON.parse(line) as Record<string, unknown>)}\n`;
  // Loaded by those alone who log for people.
  const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as typeof import("pino-pretty");
  const pretty = prettyFactory({
    colorize: process.stderr.isTTY === true,
    timestampKey: "ts",
    translateTime: "HH:MM:ss",
    messageFormat: "{module}: {msg}",
    ignore: "module",
    singleLine: true,
  });
  return (line) => pretty(JSON.parse(line) as object);
}

/** `key=value` pairs; a value with spaces, quotes or an equals sign is quoted as in JSON. */
function logfmt(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return `${key}=${/[\s"=]/.test(text) || text === "" ? JSON.stringify(text) : text}`;
    })
    .join(" ");
}
