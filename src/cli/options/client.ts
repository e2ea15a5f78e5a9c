import { type DialAddress, parseDialAddress } from "../../api/address.ts";
import { ApiClient, CallError } from "../../api/client.ts";
import { code } from "../../api/status.ts";
import { CodedError, QanatError } from "../../codec/errors.ts";
import type { OptionSpec } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import type { Given } from "../given.ts";

/** Where the node listens when nothing else is said: its socket, seen from its data directory. */
export const DEFAULT_ADDRESS = "unix:internal.sock";

/** Flags of commands that ask a running node. */
export const clientOptions: readonly OptionSpec[] = [
  {
    name: "address",
    short: "a",
    value: "ADDRESS",
    default: DEFAULT_ADDRESS,
    summary: "address of the node: unix:PATH or HOST:PORT",
  },
  { name: "wait", summary: "wait for the node to come up instead of failing" },
  { name: "insecure", short: "k", summary: "accepted for loopback addresses, where it changes nothing" },
  { name: "grpc.log.debug", summary: "accepted and not needed", isHidden: true },
];

export interface ClientInput {
  readonly address: DialAddress;
  /** The address as it was typed, for messages. */
  readonly addressText: string;
  readonly wait: boolean;
}

export function clientInput(given: Given): ClientInput {
  const addressText = given.text("address");
  try {
    return { address: parseDialAddress(addressText), addressText, wait: given.switch("wait") };
  } catch (error) {
    throw new UsageError(`--address: ${(error as Error).message}`);
  }
}

/** Longest time that `--wait` waits: a timer cannot be set further ahead. */
const WAIT_MS = 0x7fff_ffff;

/**
 * Runs `work` with a client of the node.
 * @throws CommandError that says what cannot be reached, or what the node answered
 */
export async function withClient<T>(
  input: ClientInput,
  failure: string,
  work: (client: ApiClient) => Promise<T>,
  failureCode?: number,
): Promise<T> {
  const client = new ApiClient(input.address);
  try {
    if (input.wait) await client.waitForConnection(WAIT_MS);
    return await work(client);
  } catch (error) {
    if (!(error instanceof QanatError) || error instanceof CommandError) throw error;
    const options = failureCode === undefined ? {} : { exitCode: failureCode };
    throw new CommandError(`${failure}: ${describe(error, input)}`, options);
  } finally {
    client.close();
  }
}

function describe(error: QanatError, { addressText }: ClientInput): string {
  if (error instanceof CallError && error.status === code.unavailable) {
    const reason = reasonOf(error);
    if (reason.includes("EACCES")) {
      return `${addressText} may not be opened (${reason}). Run the command as the user that runs the node`;
    }
    return (
      `no node answers at ${addressText} (${reason}). ` +
      "Is it running? Its socket is internal.sock in its data directory; name it with -a unix:PATH"
    );
  }
  return error instanceof CodedError ? `${error.message} (${error.module}/${error.wireCode})` : error.message;
}

/** The system's reason out of the text that the gRPC library wraps around it. */
function reasonOf({ message }: CallError): string {
  return /Error: (.+?)\. Resolution note/.exec(message)?.[1] ?? message;
}
