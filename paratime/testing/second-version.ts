import { keyValue } from "../keyvalue/keyvalue.ts";
import { runParaTime } from "../kit/run-paratime.ts";

/** The key/value ParaTime once more, as its next version. For tests of what a node does when a version is deployed. */
runParaTime({ ...keyValue, version: { major: 1, minor: 0, patch: 0 } });
