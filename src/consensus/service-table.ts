import type { Context } from "./context.ts";
import { TxError } from "./errors.ts";
import { MessageDispatcher, messages, onMessage, type Subscriber } from "./messages.ts";
import type { Method, Service } from "./service.ts";
import { executeSubcall } from "./subcall.ts";

/** All services of the state machine: in hook order, by method, and as subscribers to messages. */
export class ServiceTable {
  /** In byte order of their names: the order of InitChain, BeginBlock and EndBlock. */
  readonly inHookOrder: readonly Service[];
  readonly messages: MessageDispatcher;
  readonly #methods = new Map<string, { service: Service; method: Method }>();

  /** @param services in the order in which messages are delivered to them */
  constructor(services: readonly Service[]) {
    this.inHookOrder = [...services].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const service of services) {
      for (const [name, method] of Object.entries(service.methods)) {
        this.#methods.set(name, { service, method });
      }
    }
    this.messages = new MessageDispatcher([
      {
        name: "dispatcher",
        handler: onMessage(messages.executeSubcall, (ctx, call) => executeSubcall(ctx, call, this)),
      },
      ...services.flatMap(subscribersOf),
    ]);
  }

  /** Finds the handler of a method and sets the mempool priority. @throws TxError when unknown or disabled */
  resolve(ctx: Context, name: string): Method {
    const entry = this.#methods.get(name);
    if (entry === undefined || entry.service.enabled?.(ctx) === false) {
      throw new TxError(`unknown method: ${name}`);
    }
    ctx.priority = entry.method.priority ?? entry.service.priority;
    return entry.method;
  }
}

function subscribersOf(service: Service): Subscriber[] {
  return service.messages.map((handler) => ({
    name: service.name,
    handler,
    ...(service.enabled && { enabled: service.enabled }),
  }));
}
