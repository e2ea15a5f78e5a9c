import { toHex } from "../../../codec/bytes.ts";
import { chainContext } from "../../../config/genesis/chain-context.ts";
import { requireSoundGenesis } from "../../../config/genesis/check-genesis.ts";
import { MAX_GENESIS_BYTES, parseGenesis } from "../../../config/genesis/read-genesis.ts";
import { formatGenesis } from "../../../config/genesis/write-genesis.ts";
import { createBlacklist } from "../../../crypto/blacklist.ts";
import { sha256 } from "../../../crypto/hash.ts";
import { defineCommand } from "../../command.ts";
import { dryRunGenesis } from "../../dry-run-genesis.ts";
import { CommandError, exitCode } from "../../errors.ts";
import { readInput } from "../../files.ts";
import { genesisFileOption } from "../../options/common.ts";
import { firstDifference } from "../../text/first-difference.ts";

interface Input {
  readonly file: string;
  readonly isDebug: boolean;
  readonly allowTestKeys: boolean;
}

export const genesisCheck = defineCommand<Input>({
  path: "genesis check",
  summary: "check a genesis document",
  notes:
    "A document is good when a network can start from it and when it is in canonical form. Prints its hash, which is " +
    "the chain context, and the checksum of the file.",
  options: [genesisFileOption],
  resolve: (given) => ({
    file: given.required("genesis.file"),
    isDebug: given.switch("debug.dont_blame_oasis"),
    allowTestKeys: given.switch("debug.allow_test_keys"),
  }),
  run: async ({ file, isDebug, allowTestKeys }, io) => {
    const content = await readInput(file, "genesis document", MAX_GENESIS_BYTES);
    const text = content.toString("utf8");
    const document = parseGenesis(text, file);
    requireSoundGenesis(document, file, { debug: isDebug, blacklist: createBlacklist({ allowTestKeys }) });
    await dryRunGenesis(document, file, { isDebug, allowTestKeys });
    const canonical = formatGenesis(document);
    if (canonical !== text) {
      io.err(`Diff:\n${firstDifference(text, canonical)}`);
      throw new CommandError(`${file} is not in canonical form`);
    }
    io.out("genesis file is valid and in canonical form\n");
    io.out(`genesis document's hash: ${chainContext(document)}\n`);
    io.out(`genesis file's SHA256 checksum: ${toHex(sha256(content))}\n`);
    return exitCode.ok;
  },
});
