import { CreateEvent, UpdateEvent } from "../../../types/churp.ts";
import { eventKind } from "../../events.ts";

const SERVICE = "999_keymanager";

export const createEvent = eventKind(SERVICE, "keymanager/churp.create", CreateEvent);
export const updateEvent = eventKind(SERVICE, "keymanager/churp.update", UpdateEvent);
