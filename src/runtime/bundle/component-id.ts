import { QanatError } from "../../codec/errors.ts";

/** Which part of a ParaTime a component is: the on-chain logic, or off-chain logic with a name. */
export interface ComponentId {
  readonly kind: "ronl" | "rofl";
  /** Empty for the on-chain logic. */
  readonly name: string;
}

export const RONL: ComponentId = { kind: "ronl", name: "" };

const NAME = /^[a-zA-Z0-9_-]{3,128}$/;

/** `ronl`, or `rofl.<name>`. */
export function formatComponentId({ kind, name }: ComponentId): string {
  return name === "" ? kind : `${kind}.${name}`;
}

/** @throws QanatError `runtime/bad-component` */
export function parseComponentId(text: string): ComponentId {
  if (text === "ronl") return RONL;
  const [kind, name = ""] = splitOnce(text, ".");
  const problem = kind === "rofl" ? componentNameProblem(name) : `unknown kind of component: ${kind}`;
  if (problem !== null || kind !== "rofl")
    throw new QanatError("runtime/bad-component", `${text}: ${problem}`);
  return { kind, name };
}

/** What is wrong with the name of an off-chain component; `null` when nothing is. */
export function componentNameProblem(name: string): string | null {
  return NAME.test(name) ? null : "a component's name has 3 to 128 letters, digits, underscores and hyphens";
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
