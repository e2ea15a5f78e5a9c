import { stakingErrors } from "../../types/errors.ts";
import * as bodies from "../../types/staking-transactions.ts";
import { messages, onMessage } from "../messages.ts";
import { method, type Service } from "../service.ts";
import { addEscrow } from "./add-escrow.ts";
import { allow } from "./allow.ts";
import { amendCommissionSchedule } from "./amend-commission-schedule.ts";
import { beginBlock } from "./begin-block.ts";
import { burn } from "./burn.ts";
import { changeParameters } from "./change-parameters.ts";
import { endBlock } from "./end-block.ts";
import { initChain } from "./genesis.ts";
import { reclaimEscrow } from "./reclaim-escrow.ts";
import { executeRuntimeMessage } from "./runtime-message.ts";
import { transfer } from "./transfer.ts";
import { withdraw } from "./withdraw.ts";

const invalid = stakingErrors.invalidArgument;

/** Accounts, delegation, fees, rewards and slashing. consensus-a.md section 4. */
export const stakingService: Service = {
  name: "100_staking",
  priority: 1000n,
  methods: {
    "staking.Transfer": method(bodies.Transfer, invalid, transfer),
    "staking.Burn": method(bodies.Burn, invalid, burn),
    "staking.AddEscrow": method(bodies.Escrow, invalid, (ctx, body) => addEscrow(ctx, body, false)),
    "staking.ReclaimEscrow": method(bodies.ReclaimEscrow, invalid, (ctx, body) =>
      reclaimEscrow(ctx, body, false),
    ),
    "staking.AmendCommissionSchedule": method(
      bodies.AmendCommissionSchedule,
      invalid,
      amendCommissionSchedule,
    ),
    "staking.Allow": method(bodies.Allow, invalid, allow),
    "staking.Withdraw": method(bodies.Withdraw, invalid, withdraw),
  },
  messages: [
    onMessage(messages.runtimeStaking, executeRuntimeMessage),
    onMessage(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
    onMessage(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
  ],
  initChain,
  beginBlock,
  endBlock,
};
