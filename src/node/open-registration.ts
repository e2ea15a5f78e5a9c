import type { NodeIdentity } from "../crypto/identity.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { Logging } from "../telemetry/logger.ts";
import { ROLE_VALIDATOR } from "../types/roles.ts";
import type { ConsensusView } from "../workers/consensus-view.ts";
import { RegistrationWorker } from "../workers/registration/registration.ts";
import type { RoleProvider } from "../workers/registration/role-provider.ts";
import { storedLeaveRequest } from "../workers/registration/stored-leave-request.ts";
import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import type { SubmissionManager } from "../workers/submission.ts";
import { systemTimers } from "../workers/timers.ts";
import type { NodeOptions } from "./node-options.ts";
import { sentriesOf } from "./open-sentry.ts";
import { softwareVersion } from "./software-version.ts";

export interface OpenRegistrationDeps {
  readonly identity: NodeIdentity;
  readonly environment: Environment;
  readonly view: ConsensusView;
  readonly submission: SubmissionManager;
  readonly workers: readonly RuntimeWorker[];
  readonly logging: Logging;
}

/** What registers the node for its roles. Nothing runs yet. */
export function openRegistration(options: NodeOptions, deps: OpenRegistrationDeps): RegistrationWorker {
  const { identity, environment, view, submission, workers, logging } = deps;
  return new RegistrationWorker(
    {
      entityId: options.entityId,
      consensusAddresses: options.consensusAddresses,
      p2pAddresses: options.p2pAddresses,
      softwareVersion: softwareVersion(),
    },
    {
      identity,
      consensus: view,
      submission,
      providers: roleProviders(options, workers),
      sentries: sentriesOf(options, identity),
      leaveRequest: storedLeaveRequest(environment),
      timers: systemTimers,
      logger: logging.logger("worker/registration"),
    },
  );
}

/** The roles that the node asks the network for. */
function roleProviders(options: NodeOptions, workers: readonly RuntimeWorker[]): RoleProvider[] {
  const providers: RoleProvider[] = [];
  if (options.validator) {
    providers.push({
      name: "validator",
      offer: () => ({ ready: true, roles: ROLE_VALIDATOR, runtimes: [] }),
    });
  }
  if (options.compute) providers.push(...workers);
  return providers;
}
