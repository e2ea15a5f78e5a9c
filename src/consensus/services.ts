import { beaconService } from "./beacon/service.ts";
import { governanceService } from "./governance/service.ts";
import { keymanagerService } from "./keymanager/service.ts";
import { registryService } from "./registry/service.ts";
import { roothashService } from "./roothash/service.ts";
import { schedulerService } from "./scheduler/service.ts";
import type { Service } from "./service.ts";
import { stakingService } from "./staking/service.ts";
import { vaultService } from "./vault/service.ts";

/** The services of the network, in the order in which messages are delivered (consensus-a.md 1.1). */
export const services: readonly Service[] = [
  beaconService,
  governanceService,
  keymanagerService,
  registryService,
  roothashService,
  schedulerService,
  stakingService,
  vaultService,
];
