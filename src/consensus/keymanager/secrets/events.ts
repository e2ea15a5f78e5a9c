import * as types from "../../../types/keymanager.ts";
import { eventKind } from "../../events.ts";

const SERVICE = "999_keymanager";

export const statusEvent = eventKind(SERVICE, "status", types.StatusUpdateEvent);
export const masterSecretEvent = eventKind(SERVICE, "master_secret", types.MasterSecretPublishedEvent);
export const ephemeralSecretEvent = eventKind(
  SERVICE,
  "ephemeral_secret",
  types.EphemeralSecretPublishedEvent,
);
