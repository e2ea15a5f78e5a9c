export type ParaTimeLogLevel = "debug" | "info" | "warn" | "error";

/** One line of a ParaTime's log. */
export interface ParaTimeLogLine {
  readonly level: ParaTimeLogLevel;
  /** `runtime`, or a name under it. */
  readonly module: string;
  readonly message: string;
  /** The remaining members of the line's JSON, among them `ts` when it has one. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const LEVELS: Readonly<Record<string, ParaTimeLogLevel>> = {
  DEBG: "debug",
  INFO: "info",
  WARN: "warn",
  ERRO: "error",
};

/**
 * Reads a line that a ParaTime wrote. ParaTimes write JSON objects `{msg, level, module, ts, …}`; anything else, such
 * as the words of a panic, becomes a warning with the whole line as its message. A ParaTime cannot speak in the name
 * of the node's modules: its own are put under `runtime`. facts/runtime.md section 2.
 */
export function parseLogLine(line: string): ParaTimeLogLine {
  const members = parseObject(line);
  if (members === null || (members.msg !== undefined && typeof members.msg !== "string"))
    return { level: "warn", module: "runtime", message: line, fields: {} };
  const { msg, level, module, ...fields } = members;
  return {
    level: LEVELS[String(level)] ?? "info",
    module: scopedModule(module),
    message: typeof msg === "string" ? msg : "",
    fields,
  };
}

function parseObject(line: string): Record<string, unknown> | null {
  if (!line.startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function scopedModule(module: unknown): string {
  if (typeof module !== "string" || module === "") return "runtime";
  return module === "runtime" || module.startsWith("runtime/") ? module : `runtime/${module}`;
}
