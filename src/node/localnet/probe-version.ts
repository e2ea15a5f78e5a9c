import { QanatError } from "../../codec/errors.ts";
import { createRuntimeHost } from "../../runtime/create-runtime-host.ts";
import { describeFailure } from "../../runtime/failure.ts";
import type { RuntimeHostOptions } from "../../runtime/host.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Version } from "../../types/common.ts";

/**
 * Asks a ParaTime binary for its version by starting it once: a plain executable says it nowhere else.
 * @throws QanatError `localnet/paratime` with the reason and the remedy when it does not start.
 */
export async function probeVersion(
  options: Omit<RuntimeHostOptions, "expectedVersion">,
  logger: Logger,
): Promise<Version> {
  const host = createRuntimeHost({ ...options, expectedVersion: () => null }, { handler: {}, logger });
  try {
    return await new Promise((resolve, reject) => {
      host.subscribe((event) => {
        if (event.kind === "started") resolve(event.info.runtime_version);
        if (event.kind === "failedToStart") {
          const { text, remedy } = describeFailure(event.cause);
          reject(
            new QanatError(
              "localnet/paratime",
              `${options.binary} does not start: ${text}. Remedy: ${remedy}`,
            ),
          );
        }
      });
      host.start();
    });
  } finally {
    await host.stop();
  }
}
