import { describe, expect, it } from "vitest";
import { formatAddress } from "../../codec/address.ts";
import { fromHex } from "../../codec/bytes.ts";
import {
  BURN_ADDRESS,
  COMMON_POOL_ADDRESS,
  FEE_ACCUMULATOR_ADDRESS,
  GOVERNANCE_DEPOSITS_ADDRESS,
  isReservedAddress,
  runtimeAddress,
  stakingAddress,
} from "./address.ts";

const testEntity = fromHex("4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35");

describe("account addresses", () => {
  it.each([
    ["common pool", COMMON_POOL_ADDRESS, "oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm"],
    ["fee accumulator", FEE_ACCUMULATOR_ADDRESS, "oasis1qqnv3peudzvekhulf8v3ht29z4cthkhy7gkxmph5"],
    ["governance deposits", GOVERNANCE_DEPOSITS_ADDRESS, "oasis1qp65laz8zsa9a305wxeslpnkh9x4dv2h2qhjz0ec"],
    ["burn", BURN_ADDRESS, "oasis1qzq8u7xs328puu2jy524w3fygzs63rv3u5967970"],
    ["test entity", stakingAddress(testEntity), "oasis1qzzd6khm3acqskpxlk9vd5044cmmcce78y5l6000"],
    [
      "a ParaTime",
      runtimeAddress(fromHex(`80${"00".repeat(31)}`)),
      "oasis1qqdpkrh0v9jn80kymcvgk57v38x38qwdxvvtnjfm",
    ],
  ])("%s", (_, address, text) => {
    expect(formatAddress(address)).toBe(text);
  });

  it("knows the reserved ones", () => {
    expect(isReservedAddress(COMMON_POOL_ADDRESS)).toBe(true);
    expect(isReservedAddress(BURN_ADDRESS)).toBe(true);
    expect(isReservedAddress(stakingAddress(testEntity))).toBe(false);
  });
});
