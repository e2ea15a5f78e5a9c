import { expect, test } from "vitest";
import { fromHex, toHex } from "../../codec/bytes.ts";
import { encode } from "../../codec/schema.ts";
import { HEADER_EPOCH_TRANSITION, Header } from "../../types/roothash-block.ts";
import { ComputeResultsHeader } from "../../types/roothash-commitment.ts";
import { emptyBlock, genesisBlock, headerHash, isBasedOn } from "./block.ts";

test("zero header", () => {
  expect(toHex(headerHash(Header.zero()))).toBe(
    "677ad1a6b9f5e99ed94e5d598b6f92a4641a5f952f2d753b2a6122b6dceeb792",
  );
});

test.each([
  // formats.md 8.2
  {
    id: `80${"00".repeat(31)}`,
    time: 1577836800n,
    later: 1n,
    first: "0c9e245d747c1e3c9f2e1bb4debb79057bc10df26ad0f57976dadf0e79f94de5",
    second: "4c26e5adba04db0349e958d2e66c449a16116161405ab0d80e2794d2db9769b4",
  },
  // consensus-b.md 6.4
  {
    id: `80${"00".repeat(30)}10`,
    time: 1600000000n,
    later: 6n,
    first: "bd0a653bf9f3e59d146c651d10d98240d9757ade768a21b6f1996324f5e391ce",
    second: "1669595d5e1ed448f139cbd324b7da8ef438e3c05334ddc457de46a5ed9d4e9a",
  },
])("genesis block of $id and the epoch transition after it", ({ id, time, later, first, second }) => {
  const genesis = genesisBlock(fromHex(id), time);
  expect(toHex(headerHash(genesis.header))).toBe(first);
  const next = emptyBlock(genesis, time + later, HEADER_EPOCH_TRANSITION);
  expect(toHex(headerHash(next.header))).toBe(second);
});

test("encoding of a header", () => {
  const genesis = genesisBlock(fromHex(`80${"00".repeat(30)}10`), 1600000000n);
  const next = emptyBlock(genesis, 1600000006n, HEADER_EPOCH_TRANSITION);
  expect(toHex(encode(Header, next.header))).toBe(
    "aa65726f756e640167696f5f726f6f745820c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a6776657273696f6e00696e616d657370616365582080000000000000000000000000000000000000000000000000000000000000106974696d657374616d701a5f5e10066a73746174655f726f6f745820c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a6b6865616465725f74797065036c696e5f6d7367735f686173685820c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a6d6d657373616765735f686173685820c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a6d70726576696f75735f686173685820bd0a653bf9f3e59d146c651d10d98240d9757ade768a21b6f1996324f5e391ce",
  );
});

test("results are based on the last block only if round and hash fit", () => {
  const { header } = genesisBlock(fromHex(`80${"00".repeat(31)}`), 0n);
  const fitting = ComputeResultsHeader.make({ round: 1n, previous_hash: headerHash(header) });
  expect(isBasedOn(fitting, header)).toBe(true);
  expect(isBasedOn({ ...fitting, round: 2n }, header)).toBe(false);
  expect(isBasedOn({ ...fitting, previous_hash: new Uint8Array(32) }, header)).toBe(false);
});
