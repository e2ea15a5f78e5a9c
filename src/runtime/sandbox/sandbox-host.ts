import { existsSync } from "node:fs";
import { release } from "node:os";
import { QanatError } from "../../codec/errors.ts";
import { findLibraries } from "../elf/find-libraries.ts";
import { readElf } from "../elf/read-elf.ts";
import { HostFailureError } from "../failure.ts";
import { type LaunchOptions, type ParaTimeProcess, type ProcessHost, spawnProcess } from "../process-host.ts";
import { classifySandboxFailure } from "./classify-failure.ts";
import {
  ARGUMENTS_FD,
  ENTRYPOINT,
  encodeArguments,
  SANDBOX_SOCKET,
  sandboxArguments,
} from "./sandbox-arguments.ts";
import { readSandboxFacts } from "./sandbox-facts.ts";
import { seccompPolicy } from "./seccomp.ts";

export interface SandboxOptions {
  /** Path of Bubblewrap. */
  bubblewrap: string;
  /** Release of the running kernel, e.g. `6.1.0-18-amd64`; default asks the system. */
  kernelRelease?: string;
}

/**
 * Runs ParaTimes in Bubblewrap with the official mounts, namespaces and system call policy
 * (facts/runtime.md section 2).
 *
 * Unlike the official node it gives the sandbox none of its own environment, which may hold secrets.
 */
export function sandboxHost(options: SandboxOptions): ProcessHost {
  return {
    socketPathFor: () => SANDBOX_SOCKET,
    launch: (launch) => launchInSandbox(options, launch, []),
    explainExit: (lastLine) =>
      lastLine.startsWith("bwrap: ")
        ? {
            kind: "sandboxUnavailable",
            problem: classifySandboxFailure(lastLine, readSandboxFacts(options.bubblewrap)),
          }
        : null,
  };
}

/** @param args arguments for the executable itself; ParaTimes take none */
export async function launchInSandbox(
  { bubblewrap, kernelRelease = release() }: SandboxOptions,
  launch: LaunchOptions,
  args: readonly string[],
): Promise<ParaTimeProcess> {
  if (!existsSync(bubblewrap))
    throw new HostFailureError({
      kind: "sandboxUnavailable",
      problem: { kind: "missing", path: bubblewrap },
    });
  const contents = sandboxArguments({
    executable: launch.executable,
    ...inspectExecutable(launch.executable),
    environment: launch.environment,
    writable: { [launch.socketPath]: SANDBOX_SOCKET },
    allowNetwork: launch.allowNetwork,
  });
  try {
    return await spawnProcess(
      bubblewrap,
      ["--args", String(ARGUMENTS_FD), "--", ENTRYPOINT, ...args],
      bubblewrapEnvironment(),
      [encodeArguments(contents), seccompPolicy(hasClone3(kernelRelease))],
    );
  } catch (error) {
    throw new HostFailureError({
      kind: "sandboxUnavailable",
      problem: { kind: "notExecutable", path: bubblewrap, reason: (error as Error).message },
    });
  }
}

/** Libraries and linker of an executable, its problems as failures of the host. */
export function inspectExecutable(path: string) {
  if (!existsSync(path)) throw new HostFailureError({ kind: "binaryMissing", path });
  try {
    return { libraries: findLibraries(path), interpreter: readElf(path).interpreter };
  } catch (error) {
    if (error instanceof QanatError && error.data.library !== undefined) {
      const { library, neededBy } = error.data as { library: string; neededBy: string };
      throw new HostFailureError({ kind: "libraryMissing", library, neededBy });
    }
    const reason =
      error instanceof QanatError ? String(error.data.reason ?? error.message) : (error as Error).message;
    throw new HostFailureError({ kind: "binaryUnusable", path, reason });
  }
}

/** Bubblewrap may itself depend on libraries that only this variable finds. */
function bubblewrapEnvironment(): Record<string, string> {
  const path = process.env.LD_LIBRARY_PATH;
  return path === undefined ? {} : { LD_LIBRARY_PATH: path };
}

/** `clone3` appeared in Linux 5.3; older kernels answer it by themselves. */
export function hasClone3(kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split(/[.-]/).map(Number);
  return major > 5 || (major === 5 && minor >= 3);
}
