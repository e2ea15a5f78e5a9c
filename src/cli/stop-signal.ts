/** Exit code of a process that a second Ctrl-C ends, as shells report it. */
const INTERRUPTED = 130;

/**
 * Aborts at the first SIGINT or SIGTERM, so that commands end in order. A second one ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}
