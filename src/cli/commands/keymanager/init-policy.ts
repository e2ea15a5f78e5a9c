import { fromHex } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/schema.ts";
import { PolicySGX } from "../../../types/keymanager.ts";
import { EnclaveIdentity } from "../../../types/sgx.ts";
import { defineCommand } from "../../command.ts";
import { exitCode, UsageError } from "../../errors.ts";
import { writeOutput } from "../../files.ts";
import { type Given, parseRuntimeId } from "../../given.ts";
import { policyFileOption } from "../../policy-files.ts";

interface Input {
  readonly policy: PolicySGX;
  readonly file: string;
}

const ENCLAVE = "keymanager.policy.enclave.id";
const MAY_REPLICATE = "keymanager.policy.may.replicate";
const MAY_QUERY = "keymanager.policy.may.query";
const ENCLAVE_ID_DIGITS = 128;

export const keymanagerInitPolicy = defineCommand<Input>({
  path: "keymanager init_policy",
  summary: "write a key manager's policy",
  notes:
    "The permissions of an enclave follow it: after each --keymanager.policy.enclave.id those flags that are about it. " +
    "Identities of enclaves are 128 hex characters, MRENCLAVE and MRSIGNER.",
  options: [
    {
      name: "keymanager.policy.serial",
      value: "N",
      summary: "number of the policy; each new one has a larger",
    },
    { name: "keymanager.policy.id", value: "ID", summary: "the key manager's ParaTime identifier, in hex" },
    { name: ENCLAVE, value: "ENCLAVE", isList: true, summary: "an enclave of the key manager" },
    {
      name: MAY_REPLICATE,
      value: "ENCLAVES",
      isList: true,
      summary: "enclaves that may get the master secret of the enclave before",
    },
    {
      name: MAY_QUERY,
      value: "ID=ENCLAVES",
      isList: true,
      summary: "enclaves of a ParaTime that may ask the enclave before for keys",
    },
    {
      name: "keymanager.policy.master_secret_rotation_interval",
      value: "EPOCHS",
      default: "0",
      summary: "epochs between master secrets; 0: the secret stays",
    },
    policyFileOption,
  ],
  resolve: (given) => ({ policy: policyOf(given), file: given.required(policyFileOption.name) }),
  run: async ({ policy, file }) => {
    await writeOutput(file, encode(PolicySGX, policy), "the policy to");
    return exitCode.ok;
  },
});

function policyOf(given: Given): PolicySGX {
  given.required("keymanager.policy.serial");
  const enclaves: NonNullable<PolicySGX["enclaves"]> = new Map();
  for (const [id, permissions] of readEnclaves(given)) enclaves.set(id, permissions);
  return {
    ...PolicySGX.zero(),
    serial: given.int("keymanager.policy.serial", 0, 0xffff_ffff),
    id: parseRuntimeId("--keymanager.policy.id", given.required("keymanager.policy.id")),
    enclaves,
    master_secret_rotation_interval: given.u64("keymanager.policy.master_secret_rotation_interval"),
  };
}

type EnclavePolicy = {
  may_query: Map<string, EnclaveIdentity[]>;
  may_replicate: EnclaveIdentity[];
};

function readEnclaves(given: Given): Map<string, EnclavePolicy> {
  const enclaves = new Map<string, EnclavePolicy>();
  let current: EnclavePolicy | null = null;
  for (const { name, value } of given.inOrder(ENCLAVE, MAY_REPLICATE, MAY_QUERY)) {
    if (name === ENCLAVE) {
      current = { may_query: new Map(), may_replicate: [] };
      enclaves.set(enclaveKey(name, value), current);
    } else if (current === null) {
      throw new UsageError(`--${name} stands before any --${ENCLAVE}: it is about the enclave before it`);
    } else if (name === MAY_REPLICATE) {
      current.may_replicate.push(...enclaveList(name, value));
    } else {
      const [id, identities] = value.split("=", 2);
      if (identities === undefined)
        throw new UsageError(`--${name}: expected ID=ENCLAVE,ENCLAVE…, not "${value}"`);
      const runtime = Buffer.from(parseRuntimeId(`--${name}`, id!)).toString("hex");
      current.may_query.set(runtime, enclaveList(name, identities));
    }
  }
  return enclaves;
}

function enclaveList(flag: string, text: string): EnclaveIdentity[] {
  return text.split(",").map((one) => EnclaveIdentity.key!.fromKey(enclaveKey(flag, one)));
}

/** Lower-case hex of an enclave's identity, its form as a key. */
function enclaveKey(flag: string, text: string): string {
  try {
    if (text.length === ENCLAVE_ID_DIGITS) return Buffer.from(fromHex(text)).toString("hex");
  } catch {
    // The message below says what was expected.
  }
  throw new UsageError(`--${flag}: expected ${ENCLAVE_ID_DIGITS} hex characters, not "${text}"`);
}
