import { connect, type Socket } from "node:net";
import type { PeerClock } from "../clock.ts";
import { PeerFault } from "../errors.ts";
import type { NetAddress } from "../net-address.ts";

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at the address",
  EHOSTUNREACH: "there is no route to the address",
  ENETUNREACH: "there is no route to the network",
  ETIMEDOUT: "nothing answers at the address",
  EACCES: "the system does not let us connect",
  EPERM: "the system does not let us connect",
};

/**
 * Opens a TCP connection.
 * @throws PeerFault of kind `unreachable`; the signal's reason
 */
export function dialSocket(
  { ip, port }: Pick<NetAddress, "ip" | "port">,
  timeoutMs: number,
  clock: PeerClock,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host: ip, port, noDelay: true });
    const finish = (settle: () => void) => {
      cancel();
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect);
      socket.off("error", onError);
      settle();
    };
    const fail = (reason: unknown) => {
      finish(() => reject(reason));
      socket.on("error", () => {});
      socket.destroy();
    };
    const onConnect = () => {
      socket.pause();
      finish(() => resolve(socket));
    };
    const onError = (error: NodeJS.ErrnoException) => {
      const reason = reasons[error.code ?? ""] ?? "the connection failed";
      fail(new PeerFault("unreachable", reason, { code: error.code }, { cause: error }));
    };
    const onAbort = () => fail(signal.reason);
    const cancel = clock.schedule(() => {
      fail(new PeerFault("unreachable", "nothing answers at the address", { timeoutMs }));
    }, timeoutMs);
    socket.on("connect", onConnect);
    socket.on("error", onError);
    signal.addEventListener("abort", onAbort);
  });
}
