import type { AbciEvent, BlockResults, TxResult, ValidatorUpdate } from "../chain/application.ts";
import type { RecordedWrite } from "../chain/recorded-chain.ts";
import { compare, equal, toHex } from "../codec/bytes.ts";
import type { PendingChange } from "../storage/mkvs/mkvs-tree.ts";

/** The first thing that differs between a recorded block and its replay. */
export interface Difference {
  /** Where: a state key in hex with its service, a transaction result, an event, a header field. */
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

const SERVICES: readonly (readonly [first: number, last: number, service: string])[] = [
  [0x10, 0x19, "registry"],
  [0x20, 0x2a, "roothash"],
  [0x30, 0x33, "vault"],
  [0x40, 0x46, "beacon"],
  [0x50, 0x5b, "staking"],
  [0x60, 0x63, "scheduler"],
  [0x70, 0x75, "keymanager"],
  [0x80, 0x85, "governance"],
  [0xf0, 0xf1, "consensus"],
];

/**
 * First key, in key order, that was recorded with another value. Writes of the value that was there already do not
 * count: the recording only has changes.
 */
export function compareWrites(
  recorded: readonly RecordedWrite[],
  replayed: Iterable<PendingChange>,
): Difference | null {
  const changed = Array.from(replayed)
    .filter(({ value, former }) => !sameValue(value, former))
    .sort((a, b) => compare(a.key, b.key));
  for (let r = 0, c = 0; r < recorded.length || c < changed.length; ) {
    const expected = recorded[r];
    const got = changed[c];
    const order = expected === undefined ? 1 : got === undefined ? -1 : compare(expected.key, got.key);
    if (order !== 0 || !sameValue(expected!.value, got!.value)) {
      return {
        what: `state key ${describeKey(order > 0 ? got!.key : expected!.key)}`,
        expected: order > 0 ? "unchanged" : describeValue(expected!.value),
        got: order < 0 ? "unchanged" : describeValue(got!.value),
      };
    }
    r++;
    c++;
  }
  return null;
}

/** First difference of the results, in order of execution. Log texts are not part of the protocol and may differ. */
export function compareResults(recorded: BlockResults, replayed: BlockResults): Difference | null {
  return (
    compareEvents("begin block", recorded.beginEvents, replayed.beginEvents) ??
    compareTxResults(recorded.txResults, replayed.txResults) ??
    compareEvents("end block", recorded.endEvents, replayed.endEvents) ??
    compareText(
      "validator updates",
      describeUpdates(recorded.validatorUpdates),
      describeUpdates(replayed.validatorUpdates),
    )
  );
}

function compareTxResults(recorded: readonly TxResult[], replayed: readonly TxResult[]): Difference | null {
  if (recorded.length !== replayed.length) {
    return compareText("number of results", `${recorded.length}`, `${replayed.length}`);
  }
  for (const [index, expected] of recorded.entries()) {
    const got = replayed[index]!;
    if (sameTxResult(expected, got)) {
      continue;
    }
    const place = `result of transaction ${index}`;
    const difference =
      compareText(`${place}: code`, describeCode(expected), describeCode(got)) ??
      compareText(`${place}: data`, toHex(expected.data), toHex(got.data)) ??
      compareText(`${place}: gas_wanted`, `${expected.gas_wanted}`, `${got.gas_wanted}`) ??
      compareText(`${place}: gas_used`, `${expected.gas_used}`, `${got.gas_used}`) ??
      compareEvents(place, expected.events, got.events);
    if (difference !== null) {
      // The texts of both errors say best what went differently.
      const logs = [expected.log, got.log];
      return {
        ...difference,
        expected: [difference.expected, logs[0]].filter(Boolean).join(" — "),
        got: [difference.got, logs[1]].filter(Boolean).join(" — "),
      };
    }
  }
  return null;
}

function compareEvents(place: string, recorded: readonly AbciEvent[], replayed: readonly AbciEvent[]) {
  for (let i = 0; i < Math.max(recorded.length, replayed.length); i++) {
    if (sameEvent(recorded[i], replayed[i])) {
      continue;
    }
    const difference = compareText(
      `${place}: event ${i}`,
      describeEvent(recorded[i]),
      describeEvent(replayed[i]),
    );
    if (difference !== null) {
      return difference;
    }
  }
  return null;
}

function sameTxResult(a: TxResult, b: TxResult): boolean {
  return (
    a.code === b.code &&
    // Of a success it is empty.
    (a.code === 0 || a.codespace === b.codespace) &&
    equal(a.data, b.data) &&
    a.gas_wanted === b.gas_wanted &&
    a.gas_used === b.gas_used &&
    a.events.length === b.events.length &&
    a.events.every((event, i) => sameEvent(event, b.events[i]))
  );
}

function sameEvent(a: AbciEvent | undefined, b: AbciEvent | undefined): boolean {
  if (a === undefined || b === undefined) {
    return a === b;
  }
  return (
    a.type === b.type &&
    a.attributes.length === b.attributes.length &&
    a.attributes.every(
      ({ key, value }, i) => key === b.attributes[i]!.key && value === b.attributes[i]!.value,
    )
  );
}

function compareText(what: string, expected: string, got: string): Difference | null {
  return expected === got ? null : { what, expected, got };
}

function describeCode({ codespace, code }: TxResult): string {
  return code === 0 ? "success" : `${codespace}/${code}`;
}

function describeEvent(event: AbciEvent | undefined): string {
  return event === undefined
    ? "none"
    : `${event.type} ${event.attributes.map(({ key, value }) => `${key}=${value}`).join(" ")}`;
}

/** In a fixed order: CometBFT sorts them itself. */
function describeUpdates(updates: readonly ValidatorUpdate[]): string {
  return updates
    .map(({ public_key, power }) => `${toHex(public_key)}=${power}`)
    .sort()
    .join(" ");
}

function describeKey(key: Uint8Array): string {
  const service = SERVICES.find(([first, last]) => key[0]! >= first && key[0]! <= last)?.[2];
  return service === undefined ? toHex(key) : `${toHex(key)} (${service})`;
}

function describeValue(value: Uint8Array | null): string {
  return value === null ? "removed" : toHex(value);
}

function sameValue(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equal(a, b);
}
