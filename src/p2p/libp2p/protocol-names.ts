import { toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";

/** Major version of the protocol between members of a committee, which names the topics (facts/runtime.md 4.2). */
const COMMITTEE_PROTOCOL_MAJOR = 5;

/** Topics of a ParaTime: proposals of its committee, transactions for it. */
export type TopicKind = "committee" | "tx";

/** Name of a protocol of the whole network. Only the major version is part of it: minor ones are compatible. */
export function protocolId(chainContext: string, name: string, major: number): string {
  return `/oasis/${chainContext}/${name}/${major}.0.0`;
}

/** Name of a protocol for one ParaTime: who announces it serves that ParaTime. */
export function runtimeProtocolId(
  chainContext: string,
  name: string,
  runtimeId: Namespace,
  major: number,
): string {
  return `/oasis/${chainContext}/${name}/${toHex(runtimeId)}/${major}.0.0`;
}

export function topicId(chainContext: string, kind: TopicKind, runtimeId: Namespace): string {
  return `oasis/${chainContext}/${kind}/${toHex(runtimeId)}/${COMMITTEE_PROTOCOL_MAJOR}.0.0`;
}
