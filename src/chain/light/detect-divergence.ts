import { toHex } from "../../codec/bytes.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { encodeEvidence } from "../evidence/evidence.ts";
import { headerHash } from "../header.ts";
import type { LightBlock } from "../light-block.ts";
import type { Time } from "../time.ts";
import { attackEvidence } from "./attack-evidence.ts";
import { compareWitnesses } from "./compare-witnesses.ts";
import { LightError } from "./errors.ts";
import { type Bifurcation, examineConflict } from "./examine-conflict.ts";
import { fetchLightBlock, requestSignal } from "./fetch-light-block.ts";
import type { LightProvider } from "./provider.ts";
import type { LightVerifyOptions } from "./verify-light-block.ts";

export interface Detection {
  readonly options: LightVerifyOptions;
  readonly primary: LightProvider;
  readonly witnesses: readonly LightProvider[];
  readonly now: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Compares the last of the blocks that were verified from the primary with the witnesses': one at least must have the
 * same. A witness with another block that can prove it means that validators signed two chains: each side is sent the
 * evidence against the other, and nothing is believed (cometbft.md 7.1).
 * @param trace from a trusted block on, two at least
 * @throws LightError `no-witness`, `conflict`, `attack`
 */
export async function detectDivergence(detection: Detection, trace: readonly LightBlock[]): Promise<void> {
  const { options, witnesses, logger, signal } = detection;
  const target = trace.at(-1)!;
  const testimonies = await compareWitnesses(options.chainId, target, witnesses, logger, signal);
  for (const testimony of testimonies) {
    if (testimony.kind === "conflict") await prosecute(detection, trace, testimony.witness, testimony.block);
  }
  if (testimonies.some(({ kind }) => kind === "same")) return;
  const { height } = target.header;
  const reasons = testimonies.flatMap((testimony) => (testimony.kind === "none" ? [testimony.reason] : []));
  throw new LightError(
    "no-witness",
    `no other provider confirms block ${height} of ${detection.primary.name}: ${reasons.join("; ")}`,
    { height },
  );
}

/** @throws LightError `attack`, unless the witness cannot prove its block */
async function prosecute(
  detection: Detection,
  trace: readonly LightBlock[],
  witness: LightProvider,
  conflicting: LightBlock,
): Promise<void> {
  const { primary, logger } = detection;
  let against: Bifurcation;
  try {
    against = await examine(detection, trace, conflicting, witness);
  } catch (error) {
    detection.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn({ witness: witness.name, reason }, "a witness has another block and cannot prove it");
    witness.reject("it has another block and cannot prove it");
    return;
  }
  await accuse(detection, against, witness);
  try {
    await accuse(detection, await examine(detection, against.trace, against.diverging, primary), primary);
  } catch (error) {
    detection.signal.throwIfAborted();
    logger.warn({ err: error, provider: primary.name }, "the primary provider cannot prove its block");
  }
  const [theirs, ours] = [against.trace.at(-1)!, against.diverging];
  throw new LightError(
    "attack",
    `validators signed two chains: at height ${theirs.header.height} ${witness.name} has block ` +
      `${toHex(headerHash(theirs.header))}, and ${primary.name} at height ${ours.header.height} block ` +
      `${toHex(headerHash(ours.header))}. The evidence was sent to both. Find out which chain is the network's, and ` +
      "name only providers that follow it",
    { height: ours.header.height },
  );
}

/** Follows `trace` with what `source` has. */
function examine(
  { options, now, signal }: Detection,
  trace: readonly LightBlock[],
  target: LightBlock,
  source: LightProvider,
): Promise<Bifurcation> {
  return examineConflict(options, trace, target, now, (height) =>
    fetchLightBlock(source, options.chainId, height, signal),
  );
}

/** Sends the evidence against one side to the other, who has its own trace of the chain. */
async function accuse(
  { logger, signal }: Detection,
  { trace, diverging }: Bifurcation,
  judge: LightProvider,
): Promise<void> {
  const evidence = attackEvidence(diverging, trace.at(-1)!, trace[0]!);
  try {
    await judge.submitEvidence({ meta: encodeEvidence(evidence) }, requestSignal(signal));
    logger.warn({ provider: judge.name }, "sent evidence of an attack on light clients");
  } catch (error) {
    signal.throwIfAborted();
    logger.warn({ err: error, provider: judge.name }, "a provider did not take the evidence of an attack");
  }
}
