import type { ConfigWarning } from "./config-error.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\$|\$\{([A-Za-z_]\w*)(?:(:?[-=+])([^}]*))?\}|\$([A-Za-z_]\w*)/g;

/**
 * Puts environment variables into the text of a 26.1 file: `$NAME`, `${NAME}`, `${NAME:-default}`,
 * `${NAME:+instead}`; `$$` is a dollar sign. An unset variable is empty, with a warning.
 *
 * oasis-core v26.1 go/config/config.go does the same before it parses the file.
 */
export function substituteEnvironment(
  text: string,
  environment: Environment,
): { readonly text: string; readonly warnings: ConfigWarning[] } {
  const warnings: ConfigWarning[] = [];
  const lines = text.split("\n").map((line, i) => {
    const commentStart = line.search(/(?:^|\s)#/);
    return line.replace(
      REFERENCE,
      (match, braced?: string, operator?: string, word?: string, bare?: string, at = 0) => {
        if (match === "$$") return "$";
        const name = braced ?? bare!;
        const value = environment[name];
        const isSet = value !== undefined && !(operator?.startsWith(":") && value === "");
        if (operator?.endsWith("+")) return isSet ? word! : "";
        if (isSet) return value;
        if (operator !== undefined) return word!;
        if (commentStart < 0 || at < commentStart) {
          const position = { line: i + 1, column: (at as number) + 1 };
          const message = `the environment variable ${name} is not set and reads as empty`;
          warnings.push({ kind: "environment", position, key: "", message });
        }
        return "";
      },
    );
  });
  return { text: lines.join("\n"), warnings };
}
