import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { toHex } from "../codec/bytes.ts";
import { stakingAddress } from "../types/account-address.ts";
import { nextBlockState } from "./next-block-state.ts";
import { RecordedBackend } from "./testing/recorded-backend.ts";

test("votes are counted with their power, and voters are those of the registry", () => {
  const text = readFileSync(sharedPath("chains", "debond.genesis.json"), "utf8");
  const backend = new RecordedBackend(text, sharedPath("chains", "debond.jsonl.gz"));
  const height = backend.latestHeight();
  const validators = backend.validatorsAt(height)!;
  const last = validators.validators.length - 1;
  const state = nextBlockState(
    {
      height: height + 1n,
      validators,
      hasPrevoted: () => true,
      hasPrecommitted: (index) => index > last,
    },
    backend.stateAt(height),
  );
  expect(state).toMatchObject({
    height: height + 1n,
    num_validators: BigInt(validators.validators.length),
    voting_power: validators.totalVotingPower,
    prevotes: { voting_power: validators.totalVotingPower, ratio: 1 },
    precommits: { voting_power: 0n, ratio: 0, votes: null },
  });
  const { node_id, entity_id, entity_address } = state.prevotes.votes![0]!;
  expect(toHex(node_id)).not.toMatch(/^0+$/);
  expect(entity_address).toEqual(stakingAddress(entity_id));
  expect(nextBlockState({ ...votesOf(validators), height }, null).prevotes.votes![0]!.node_id).toEqual(
    new Uint8Array(32),
  );
});

function votesOf(validators: NonNullable<ReturnType<RecordedBackend["validatorsAt"]>>) {
  return { validators, hasPrevoted: () => true, hasPrecommitted: () => true };
}
