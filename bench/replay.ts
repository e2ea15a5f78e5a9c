import { spawn } from "node:child_process";
import { join } from "node:path";

const executable = join(import.meta.dirname, "..", "bin", "oasis-node");

/** Replays a recorded chain in a process of its own. */
export function replayInProcess(
  genesis: string,
  chain: string,
): Promise<{ wallMs: number; blocksPerSecond: number; peakRssBytes: number }> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const replay = spawn(executable, ["debug", "replay", "--genesis", genesis, "--chain", chain], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    replay.stdout.on("data", (chunk) => {
      output += chunk;
    });
    replay.once("close", (code) => {
      const wallMs = performance.now() - began;
      if (code !== 0) {
        reject(new Error(`replay of ${chain} failed with code ${code}`));
        return;
      }
      const result = JSON.parse(output);
      resolve({ wallMs, blocksPerSecond: result.blocks_per_second, peakRssBytes: result.peak_rss_bytes });
    });
  });
}
