import type { OptionSpec } from "../command.ts";

export const verboseOption: OptionSpec = { name: "verbose", short: "v", summary: "say more" };
export const assumeYesOption: OptionSpec = {
  name: "assume_yes",
  short: "y",
  summary: "answer every question with yes",
};
export const forceOption: OptionSpec = { name: "force", summary: "overwrite what is there" };

export const genesisFileOption: OptionSpec = {
  name: "genesis.file",
  short: "g",
  value: "FILE",
  default: "genesis.json",
  summary: "genesis document of the network",
};

export const testEntityOption: OptionSpec = {
  name: "debug.test_entity",
  summary: "use the well-known test entity; needs --debug.dont_blame_oasis",
  isHidden: true,
};
