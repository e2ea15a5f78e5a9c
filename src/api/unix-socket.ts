import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { QanatError } from "../codec/errors.ts";

/** `sun_path` of Linux without its terminator. */
export const MAX_SOCKET_PATH_BYTES = 107;

/**
 * Removes what a node that was killed left at `path`.
 * @throws when another process listens there, or when it is not a socket.
 */
export async function clearStaleSocket(path: string): Promise<void> {
  const stat = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    // Whether a socket can be made in a folder that may not be read is for the system to say.
    if (error.code === "ENOENT" || error.code === "EACCES") return null;
    throw error;
  });
  if (stat === null) return;
  if (!stat.isSocket()) {
    throw new QanatError("api/socket_path", `${path} exists and is not a socket`, { path });
  }
  if (await isAnswered(path)) {
    throw new QanatError("api/socket_in_use", `another node is listening on ${path}`, { path });
  }
  await unlink(path);
}

/** Whether somebody listens on the socket. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
