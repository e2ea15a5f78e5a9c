import { BeaconEvent, EpochEvent, VRFEvent } from "../../types/beacon.ts";
import { eventKind } from "../events.ts";

const SERVICE = "000_beacon";

/** An epoch began. */
export const epochEvent = eventKind(SERVICE, "epoch", EpochEvent);
/** The random beacon of the epoch. */
export const beaconEvent = eventKind(SERVICE, "beacon", BeaconEvent);
/** Nodes may prove their VRF output for the given alpha after a height. */
export const vrfEvent = eventKind(SERVICE, "vrf", VRFEvent);
