import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { SandboxFacts } from "./classify-failure.ts";

/** Printing a version takes milliseconds. */
const VERSION_TIMEOUT_MS = 5_000;

/** Reads the settings of this machine that decide whether namespaces can be made. */
export function readSandboxFacts(bubblewrap: string): SandboxFacts {
  const version = spawnSync(bubblewrap, ["--version"], { encoding: "utf8", timeout: VERSION_TIMEOUT_MS });
  return {
    unprivilegedUserNamespaces: readNumber("/proc/sys/kernel/unprivileged_userns_clone"),
    maxUserNamespaces: readNumber("/proc/sys/user/max_user_namespaces"),
    appArmorRestricts: readNumber("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
    underSeccomp: /^Seccomp:\s*2$/m.test(readText("/proc/self/status")),
    inContainer: existsSync("/.dockerenv") || existsSync("/run/.containerenv"),
    isRoot: process.getuid?.() === 0,
    version: /bubblewrap (\d[\d.]*)/.exec(version.stdout ?? "")?.[1] ?? null,
  };
}

function readNumber(path: string): number | null {
  const text = readText(path).trim();
  return text === "" ? null : Number(text);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
