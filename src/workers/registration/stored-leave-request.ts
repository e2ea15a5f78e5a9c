import type { Environment } from "../../storage/environment/environment.ts";
import { workerTables } from "../storage/tables.ts";
import type { LeaveRequest } from "./departure.ts";

const key: [string] = ["leave"];

/** The request to leave in the node's database. */
export function storedLeaveRequest(environment: Pick<Environment, "table">): LeaveRequest {
  const requests = environment.table(workerTables.requests);
  return {
    isMade: () => requests.get(key) === true,
    make: () => requests.put(key, true),
    clear: () => {
      requests.remove(key);
    },
  };
}
