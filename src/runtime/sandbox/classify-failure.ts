/** Why Bubblewrap cannot make the sandbox on this machine. */
export type SandboxProblem =
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "notExecutable"; readonly path: string; readonly reason: string }
  | { readonly kind: "tooOld"; readonly version: string | null }
  | { readonly kind: "userNamespacesOff"; readonly setting: UserNamespaceSetting }
  | { readonly kind: "appArmor" }
  /** The node itself runs under a filter that refuses namespaces, as containers do. */
  | { readonly kind: "seccomp"; readonly container: boolean }
  | { readonly kind: "seccompUnsupported" }
  | { readonly kind: "temporaryDirectory"; readonly path: string; readonly reason: string }
  | { readonly kind: "noExec" }
  | { readonly kind: "other"; readonly message: string };

export type UserNamespaceSetting = "kernel.unprivileged_userns_clone" | "user.max_user_namespaces" | "kernel";

/** Facts about the machine that tell apart failures with the same message. */
export interface SandboxFacts {
  /** `kernel.unprivileged_userns_clone` (Debian and its kin), `null` where it does not exist. */
  readonly unprivilegedUserNamespaces: number | null;
  /** `user.max_user_namespaces`, `null` where it does not exist. */
  readonly maxUserNamespaces: number | null;
  /** `kernel.apparmor_restrict_unprivileged_userns` (Ubuntu), `null` where it does not exist. */
  readonly appArmorRestricts: number | null;
  /** Whether a seccomp filter is on this process. */
  readonly underSeccomp: boolean;
  readonly inContainer: boolean;
  readonly isRoot: boolean;
  /** What `bwrap --version` prints, e.g. `0.8.0`; `null` when it prints something else. */
  readonly version: string | null;
}

/** First release that knows every option the sandbox uses (`--die-with-parent`). */
const OLDEST_BUBBLEWRAP = [0, 1, 8] as const;

/**
 * Finds out from what Bubblewrap printed, and from facts about the machine, why it failed.
 *
 * @param output what it wrote to standard error
 */
export function classifySandboxFailure(output: string, facts: SandboxFacts): SandboxProblem {
  const message = lastBubblewrapLine(output);
  if (/Unknown option|usage: bwrap/i.test(output) || isTooOld(facts.version))
    return { kind: "tooOld", version: facts.version };
  if (/PR_SET_SECCOMP|seccomp/i.test(message)) return { kind: "seccompUnsupported" };
  if (/execvp.*Permission denied/.test(message)) return { kind: "noExec" };
  if (!isNamespaceFailure(message)) return { kind: "other", message };
  if (!facts.isRoot && facts.unprivilegedUserNamespaces === 0)
    return { kind: "userNamespacesOff", setting: "kernel.unprivileged_userns_clone" };
  if (facts.maxUserNamespaces === 0 || /user\/max_|exceeded/.test(message))
    return { kind: "userNamespacesOff", setting: "user.max_user_namespaces" };
  if (!facts.isRoot && facts.appArmorRestricts === 1) return { kind: "appArmor" };
  if (facts.underSeccomp) return { kind: "seccomp", container: facts.inContainer };
  if (facts.inContainer) return { kind: "seccomp", container: true };
  if (/does not support user namespaces/.test(message))
    return { kind: "userNamespacesOff", setting: "kernel" };
  return { kind: "other", message };
}

/** Refusals on the way into the namespaces: creating them, mapping ids, loopback device, first mounts. */
function isNamespaceFailure(message: string): boolean {
  return /namespace|uid map|gid map|setgroups|RTM_NEWADDR|loopback|make \/ slave|pivot_root|mount/i.test(
    message,
  );
}

function lastBubblewrapLine(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return (
    lines.findLast((line) => line.startsWith("bwrap: ")) ??
    lines.at(-1) ??
    "it printed nothing"
  ).trim();
}

/** Whether the version is one that lacks options; an unreadable one is not held against it. */
function isTooOld(version: string | null): boolean {
  if (version === null) return false;
  const parts = version.split(".").map(Number);
  for (const [i, oldest] of OLDEST_BUBBLEWRAP.entries()) {
    const part = parts[i] ?? 0;
    if (part !== oldest) return part < oldest;
  }
  return false;
}
