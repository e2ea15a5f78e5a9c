import {
  CreateRequest,
  SignedApplicationRequest,
  SignedConfirmationRequest,
  UpdateRequest,
} from "../../types/churp.ts";
import { consensusErrors, keymanagerErrors } from "../../types/errors.ts";
import type { Document } from "../../types/genesis.ts";
import {
  SignedEncryptedEphemeralSecret,
  SignedEncryptedMasterSecret,
  SignedPolicySGX,
} from "../../types/keymanager.ts";
import type { Context } from "../context.ts";
import { method, type Service } from "../service.ts";
import { apply } from "./churp/apply.ts";
import { confirm } from "./churp/confirm.ts";
import { create } from "./churp/create.ts";
import { initChurp } from "./churp/genesis.ts";
import { update } from "./churp/update.ts";
import { updateHandoffs } from "./churp/update-handoffs.ts";
import { initSecrets } from "./secrets/genesis.ts";
import { publishEphemeralSecret, publishMasterSecret } from "./secrets/publish-secret.ts";
import { updatePolicy } from "./secrets/update-policy.ts";
import { updateStatuses } from "./secrets/update-statuses.ts";
import { suspendUnderfunded } from "./suspend.ts";

const invalid = keymanagerErrors.invalidArgument;
const invalidChurp = consensusErrors.invalidArgument;

/** Key managers: committees that hold the secrets of ParaTimes, and shared-secret schemes. consensus-b.md section 5. */
export const keymanagerService: Service = {
  name: "999_keymanager",
  priority: 50_000n,
  methods: {
    "keymanager.UpdatePolicy": method(SignedPolicySGX, invalid, updatePolicy),
    "keymanager.PublishMasterSecret": method(SignedEncryptedMasterSecret, invalid, publishMasterSecret),
    "keymanager.PublishEphemeralSecret": method(
      SignedEncryptedEphemeralSecret,
      invalid,
      publishEphemeralSecret,
    ),
    "keymanager/churp.Create": method(CreateRequest, invalidChurp, create),
    "keymanager/churp.Update": method(UpdateRequest, invalidChurp, update),
    "keymanager/churp.Apply": method(SignedApplicationRequest, invalidChurp, apply),
    "keymanager/churp.Confirm": method(SignedConfirmationRequest, invalidChurp, confirm),
  },
  // Nobody can change the parameters by a vote (consensus-a.md 0.16).
  messages: [],
  initChain,
  beginBlock,
};

function initChain(ctx: Context, document: Document): void {
  initSecrets(ctx, document);
  initChurp(ctx, document);
}

function beginBlock(ctx: Context): void {
  const { changed, epoch } = ctx.epochChanged();
  if (changed) {
    suspendUnderfunded(ctx);
    updateStatuses(ctx, epoch);
    updateHandoffs(ctx, epoch);
  }
}
