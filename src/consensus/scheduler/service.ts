import { messages, onMessage } from "../messages.ts";
import type { Service } from "../service.ts";
import { beginBlock } from "./begin-block.ts";
import { changeParameters } from "./change-parameters.ts";
import { endBlock } from "./end-block.ts";
import { initChain } from "./genesis.ts";

/** Elects validators and committees. It has no transactions. consensus-b.md section 3. */
export const schedulerService: Service = {
  name: "200_scheduler",
  priority: 0n,
  methods: {},
  messages: [
    onMessage(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
    onMessage(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
  ],
  initChain,
  beginBlock,
  endBlock,
};
