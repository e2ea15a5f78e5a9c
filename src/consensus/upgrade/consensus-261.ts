import { FEATURE_26_1 } from "../../types/versions.ts";
import { getConsensusParameters, setConsensusParameters } from "../params.ts";
import type { UpgradeHandler } from "./handler.ts";

/** `consensus261`: switches on the rules that came with 26.1, from the next block on. */
export const consensus261: UpgradeHandler = {
  endBlock: ({ state }) =>
    setConsensusParameters(state, { ...getConsensusParameters(state), feature_version: FEATURE_26_1 }),
};
