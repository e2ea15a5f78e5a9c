import { describe, expect, it } from "vitest";
import { formatAddress } from "../codec/address.ts";
import { fromHex } from "../codec/bytes.ts";
import {
  BURN_ADDRESS,
  COMMON_POOL_ADDRESS,
  FEE_ACCUMULATOR_ADDRESS,
  GOVERNANCE_DEPOSITS_ADDRESS,
  isReservedAddress,
  moduleAddress,
  runtimeAddress,
  stakingAddress,
} from "./account-address.ts";

const TEST_ENTITY = fromHex("4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35");
const TEST_RUNTIME = fromHex(`80${"00".repeat(31)}`);

describe("account addresses", () => {
  // facts/formats.md 2.4, 2.5
  it.each([
    ["the test entity", stakingAddress(TEST_ENTITY), "oasis1qzzd6khm3acqskpxlk9vd5044cmmcce78y5l6000"],
    ["a ParaTime", runtimeAddress(TEST_RUNTIME), "oasis1qqdpkrh0v9jn80kymcvgk57v38x38qwdxvvtnjfm"],
    [
      "a vault",
      moduleAddress("vault", "vault.oasis1qzzd6khm3acqskpxlk9vd5044cmmcce78y5l6000.0"),
      "oasis1qp3rxwejgk9r0vq4dzggwgjkd2ateucqmsnwfq83",
    ],
    ["the common pool", COMMON_POOL_ADDRESS, "oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm"],
    ["the fee accumulator", FEE_ACCUMULATOR_ADDRESS, "oasis1qqnv3peudzvekhulf8v3ht29z4cthkhy7gkxmph5"],
    ["governance deposits", GOVERNANCE_DEPOSITS_ADDRESS, "oasis1qp65laz8zsa9a305wxeslpnkh9x4dv2h2qhjz0ec"],
    ["the burn address", BURN_ADDRESS, "oasis1qzq8u7xs328puu2jy524w3fygzs63rv3u5967970"],
  ])("derives that of %s", (_, address, text) => {
    expect(formatAddress(address)).toBe(text);
  });

  it("knows reserved addresses", () => {
    expect(isReservedAddress(COMMON_POOL_ADDRESS)).toBe(true);
    expect(isReservedAddress(stakingAddress(TEST_ENTITY))).toBe(false);
  });
});
