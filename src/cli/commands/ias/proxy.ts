import { defineCommand } from "../../command.ts";
import { CommandError } from "../../errors.ts";
import { clientOptions } from "../../options/client.ts";

const flag = (name: string, value?: string) => ({
  ...{ name, summary: "accepted and not needed", isHidden: true },
  ...(value !== undefined && { value }),
});

/** The official command with its flags, for which there is nothing left to do. facts/classic-cli.md 2.7. */
export const iasProxy = defineCommand<null>({
  path: "ias proxy",
  summary: "says why no proxy to Intel's attestation service (IAS) is needed any more",
  notes:
    "The official program forwards requests to the service, which Intel ended in April 2025. Enclaves attest by DCAP, " +
    "without a proxy; `ias.proxy.address` may be left out of configurations.",
  options: [
    ...clientOptions,
    ...["ias.auth.api_key", "ias.spid", "ias.quote.signature_type", "ias.wait_runtimes"].map((name) =>
      flag(name, "VALUE"),
    ),
    ...["grpc.port", "genesis.file", "datadir", "config", "metrics.mode", "metrics.address"].map((name) =>
      flag(name, "VALUE"),
    ),
    ...["ias.production", "ias.use_genesis", "ias.debug.mock", "ias.debug.skip_auth"].map((name) =>
      flag(name),
    ),
  ],
  resolve: () => null,
  run: async () => {
    throw new CommandError(
      "there is nothing to forward requests to: Intel ended the attestation service behind IAS proxies (EPID) in April " +
        "2025. A ParaTime node needs no proxy: leave ias.proxy.address out of its configuration. Enclaves attest by DCAP, " +
        "for which the machine has Intel's AESM service and a PCCS or Intel's PCS",
    );
  },
});
