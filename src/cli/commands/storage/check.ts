import { fromHex } from "../../../codec/bytes.ts";
import { NAMESPACE_LENGTH, type Namespace } from "../../../codec/common-types.ts";
import { openNodeStore } from "../../../node/storage/node-store.ts";
import { defineCommand } from "../../command.ts";
import { exitCode, UsageError } from "../../errors.ts";
import { nodeConfigInput, readNodeConfig } from "../../options/node-config.ts";
import { verifyAndTell } from "../../verify-and-tell.ts";
import { refuseWhenLocked, requireStore } from "../../with-node-store.ts";

interface Input {
  readonly runtimeIds: readonly Namespace[];
  /** Gives the data directory. */
  readonly dataDir: () => Promise<string>;
}

export const storageCheck = defineCommand<Input>({
  path: "storage check",
  summary: "check what a node keeps of ParaTimes",
  notes:
    "Needs --datadir or --config. Reads all rounds and tree nodes of the ParaTimes, compares their hashes, and prints what " +
    "is wrong; exits with 1 then. `storage verify` checks everything.",
  args: [{ name: "runtime", summary: "identifiers of the ParaTimes, 64 hex digits each", isRest: true }],
  options: [],
  resolve: (given) => {
    const dataDir = given.text("datadir");
    const config = dataDir === "" ? nodeConfigInput(given) : null;
    return {
      runtimeIds: given.args.map(runtimeId),
      dataDir: async () => (config === null ? dataDir : (await readNodeConfig(config)).common.data_dir),
    };
  },
  run: async (input, io) => {
    const dataDir = await input.dataDir();
    requireStore(dataDir);
    const store = await refuseWhenLocked("a check can only be done when the node is not running", () =>
      openNodeStore(dataDir, input.runtimeIds, { readonly: false }),
    );
    try {
      await verifyAndTell(store, { consensus: false }, io);
    } finally {
      await store.environment.close();
    }
    return exitCode.ok;
  },
});

function runtimeId(text: string): Namespace {
  if (new RegExp(`^[0-9a-fA-F]{${2 * NAMESPACE_LENGTH}}$`).test(text)) return fromHex(text) as Namespace;
  throw new UsageError(`malformed runtime id '${text}': it has 64 hex digits`);
}
