import { basename, dirname } from "node:path";
import type { FoundLibrary } from "../elf/find-libraries.ts";

/** Where the executable appears inside the sandbox. */
export const ENTRYPOINT = "/entrypoint";
/** Where the host's socket appears inside the sandbox. */
export const SANDBOX_SOCKET = "/host.sock";

/** File descriptors that Bubblewrap inherits. */
export const ARGUMENTS_FD = 3;
export const SECCOMP_FD = 4;

export interface SandboxContents {
  /** The executable on the host. */
  readonly executable: string;
  readonly libraries: readonly FoundLibrary[];
  /** The executable's dynamic linker, `null` when static. */
  readonly interpreter: string | null;
  /** Variables set inside, by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files and sockets of the host that the process may change: host path to path inside. */
  readonly writable: Readonly<Record<string, string>>;
  /** The network of the host and its name servers; only for ROFL components. */
  readonly allowNetwork: boolean;
}

/**
 * The arguments that Bubblewrap reads from file descriptor 3, in the official order (facts/runtime.md section 2):
 * all namespaces new, no capability, an empty `/tmp`, a minimal `/dev`, and nothing of the host's file system but
 * the executable, its libraries and what is listed as writable. There is no `/proc`, `/sys` or `/etc`.
 */
export function sandboxArguments(contents: SandboxContents): string[] {
  const { executable, libraries, interpreter, environment, writable, allowNetwork } = contents;
  return [
    "--unshare-all",
    ...["--cap-drop", "ALL"],
    ...["--hostname", "oasis-core"],
    ...["--tmpfs", "/tmp"],
    ...["--dev", "/dev"],
    "--die-with-parent",
    "--new-session",
    ...["--chdir", "/"],
    ...["--ro-bind", executable, ENTRYPOINT],
    ...(allowNetwork ? ["--share-net", "--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf"] : []),
    ...Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]),
    ...Object.entries(writable).flatMap(([source, target]) => [
      "--dir",
      dirname(target),
      "--bind",
      source,
      target,
    ]),
    ...libraries.flatMap(({ path, names }) =>
      names.flatMap((name) => ["--ro-bind", path, libraryTarget(name)]),
    ),
    ...missingInterpreter(libraries, interpreter),
    ...["--symlink", "/usr/lib", "/usr/lib64"],
    ...["--seccomp", String(SECCOMP_FD)],
  ];
}

/** glibc's linker must be where executables name it; all else is found in `/usr/lib`. */
function libraryTarget(name: string): string {
  return name.startsWith("ld-linux") ? `/lib64/${name}` : `/usr/lib/${name}`;
}

/** musl's linker is not among the linked names, and an executable does not start without its linker. */
function missingInterpreter(libraries: readonly FoundLibrary[], interpreter: string | null): string[] {
  if (interpreter === null) return [];
  const bound = libraries.some(({ names }) =>
    names.some((name) => name === basename(interpreter) && libraryTarget(name) === interpreter),
  );
  return bound ? [] : ["--ro-bind", interpreter, interpreter];
}

/** As Bubblewrap reads them: each argument ended by a zero byte. */
export function encodeArguments(args: readonly string[]): Uint8Array {
  return new TextEncoder().encode(args.map((arg) => `${arg}\0`).join(""));
}
