import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostFailureError } from "../failure.ts";
import { classifySandboxFailure, type SandboxProblem } from "./classify-failure.ts";
import { readSandboxFacts } from "./sandbox-facts.ts";
import { launchInSandbox } from "./sandbox-host.ts";

/** Longest that a healthy sandbox takes to start and print a version, with a wide margin for loaded machines. */
const PROBE_TIMEOUT_MS = 10_000;
/** What a refusing Bubblewrap prints is one line. */
const MAX_OUTPUT_BYTES = 16 * 1024;

/**
 * Starts the real sandbox once, with this node's own runtime printing its version in place of a ParaTime, and says
 * why it does not work on this machine.
 *
 * @param bubblewrap path of Bubblewrap
 * @returns `null` when the sandbox works
 */
export async function probeSandbox(bubblewrap: string): Promise<SandboxProblem | null> {
  if (!existsSync(bubblewrap)) return { kind: "missing", path: bubblewrap };
  try {
    accessSync(bubblewrap, constants.X_OK);
  } catch (error) {
    return { kind: "notExecutable", path: bubblewrap, reason: (error as Error).message };
  }
  let directory: string;
  try {
    directory = mkdtempSync(join(tmpdir(), "oasis-runtime"));
  } catch (error) {
    return { kind: "temporaryDirectory", path: tmpdir(), reason: (error as Error).message };
  }
  try {
    const output = await tryOnce(bubblewrap, directory);
    return output === null ? null : classifySandboxFailure(output, readSandboxFacts(bubblewrap));
  } catch (error) {
    if (error instanceof HostFailureError && error.failure.kind === "sandboxUnavailable")
      return error.failure.problem;
    return { kind: "other", message: (error as Error).message };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Returns what a failing Bubblewrap printed, `null` when it succeeded. */
async function tryOnce(bubblewrap: string, directory: string): Promise<string | null> {
  const socketPath = join(directory, "host.sock");
  writeFileSync(socketPath, "");
  const launch = { executable: process.execPath, environment: {}, socketPath, allowNetwork: false };
  const child = await launchInSandbox({ bubblewrap }, launch, ["--version"]);
  const timer = setTimeout(() => child.kill(), PROBE_TIMEOUT_MS);
  const [, errorOutput] = child.output;
  const [exit, text] = await Promise.all([
    child.exited,
    collect(errorOutput!),
    // Unread output would keep the child from ending.
    child.output[0]!.resume(),
  ]);
  clearTimeout(timer);
  if (exit.code === 0) return null;
  return text === "" && exit.signal !== null ? `it did not finish within ${PROBE_TIMEOUT_MS / 1000} s` : text;
}

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of stream) if (text.length < MAX_OUTPUT_BYTES) text += chunk.toString();
  return text.slice(0, MAX_OUTPUT_BYTES);
}
