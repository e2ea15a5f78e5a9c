import { BACKEND_INSECURE, BACKEND_VRF, type Genesis, type VRFParameters } from "../../types/beacon.ts";
import { EPOCH_INVALID } from "../../types/common.ts";
import { type CheckGenesisOptions, checkDebugSwitches, type Report } from "./check-report.ts";

/** oasis-core v26.1 go/beacon/api/sanity_check.go. */
export function checkBeacon({ base, params }: Genesis, options: CheckGenesisOptions, report: Report): void {
  if (params.backend === BACKEND_INSECURE) {
    const insecure = params.insecure_parameters;
    if (insecure === null) {
      report("beacon.params.insecure_parameters", `is missing, but the backend is "${BACKEND_INSECURE}"`);
    } else if (insecure.interval <= 0n && !params.debug_mock_backend) {
      report("beacon.params.insecure_parameters.interval", "must be positive (blocks per epoch)");
    }
  } else if (params.backend === BACKEND_VRF) {
    if (params.vrf_parameters === null) {
      report("beacon.params.vrf_parameters", `is missing, but the backend is "${BACKEND_VRF}"`);
    } else {
      checkVrf(params.vrf_parameters, report);
    }
  } else {
    report(
      "beacon.params.backend",
      `must be "${BACKEND_INSECURE}" or "${BACKEND_VRF}", is "${params.backend}"`,
    );
  }
  checkDebugSwitches(params, ["debug_mock_backend"], "beacon.params", options, report);
  if (base === EPOCH_INVALID) report("beacon.base", "is the number that stands for no epoch");
}

function checkVrf(params: VRFParameters, report: Report): void {
  const at = (name: string) => `beacon.params.vrf_parameters.${name}`;
  if (params.alpha_hq_threshold === 0n) report(at("alpha_hq_threshold"), "must be positive");
  if (params.interval <= 0n) report(at("interval"), "must be positive (blocks per epoch)");
  if (params.proof_delay <= 0n) report(at("proof_delay"), "must be positive (blocks)");
  if (params.proof_delay >= params.interval) {
    report(at("proof_delay"), `must be less than the epoch interval of ${params.interval}`);
  }
}
