import { ElectedEvent } from "../../types/scheduler.ts";
import { eventKind } from "../events.ts";

/** Committees were elected (or dropped) in this block. */
export const electedEvent = eventKind("200_scheduler", "elected", ElectedEvent);
