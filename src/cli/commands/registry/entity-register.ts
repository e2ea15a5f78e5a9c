import { defineCommand } from "../../command.ts";
import { loadEntity, signEntity } from "../../entity-files.ts";
import { type ClientInput, clientInput, clientOptions } from "../../options/client.ts";
import { assumeYesOption } from "../../options/common.ts";
import { entitySigner, type SignerInput, signerInput, signerOptions } from "../../options/signer.ts";
import { submitSigned } from "../../submit-transaction.ts";

interface Input {
  readonly client: ClientInput;
  readonly signer: SignerInput;
  readonly assumeYes: boolean;
}

export const registryEntityRegister = defineCommand<Input>({
  path: "registry entity register",
  summary: "register the entity with the network of a running node",
  notes:
    "An addition to the official command line: gen_register and submit_tx in one. Nonce, gas and gas price are asked " +
    "from the node.",
  options: [...clientOptions, assumeYesOption, ...signerOptions],
  resolve: (given) => ({
    client: clientInput(given),
    signer: signerInput(given),
    assumeYes: given.switch("assume_yes"),
  }),
  run: async (input, io) => {
    const signer = entitySigner(input.signer);
    const body = signEntity(await loadEntity(input.signer, signer), signer);
    return submitSigned({ ...input, signer }, "registry.RegisterEntity", body, io);
  },
});
