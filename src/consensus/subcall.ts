import type { Context } from "./context.ts";
import { TxError } from "./errors.ts";
import type { Subcall } from "./messages.ts";
import type { ServiceTable } from "./service-table.ts";

/** Deepest nesting of contexts in which a subcall may start: three vaults calling each other. */
const MAX_CALL_DEPTH = 8;

/**
 * Executes a method for another caller, all or nothing. No fee, no nonce; gas is charged to the outer transaction.
 * consensus-a.md section 6.
 */
export function executeSubcall(
  ctx: Context,
  { caller, method, body }: Subcall,
  services: ServiceTable,
): true {
  if (ctx.depth > MAX_CALL_DEPTH) {
    throw new TxError("call depth exceeded");
  }
  ctx.asCaller(caller, (child) =>
    child.transaction((inner) => {
      services.resolve(inner, method).execute(inner, body);
    }),
  );
  return true;
}
