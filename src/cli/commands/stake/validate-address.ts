import { parseAddress } from "../../../codec/address.ts";
import { CodecError } from "../../../codec/errors.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { verboseOption } from "../../options/common.ts";
import { accountAddressOption } from "../../options/stake.ts";

interface Input {
  readonly address: string;
  readonly isVerbose: boolean;
}

export const stakeValidateAddress = defineCommand<Input>({
  path: "stake account validate_address",
  summary: "check an account address",
  notes: "Exits with 0 when it is one, 1 when not. Prints nothing without -v.",
  options: [accountAddressOption, verboseOption],
  resolve: (given) => ({ address: given.text("stake.account.address"), isVerbose: given.switch("verbose") }),
  run: async ({ address, isVerbose }, io) => {
    const reason = whyInvalid(address);
    if (isVerbose) {
      io.out(`account address '${address}' is ${reason === null ? "valid" : `not valid: ${reason}`}\n`);
    }
    return reason === null ? exitCode.ok : exitCode.failed;
  },
});

function whyInvalid(text: string): string | null {
  try {
    parseAddress(text);
    return null;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return error.message;
  }
}
