import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sortLikeGo } from "./go-sort.ts";

interface Item {
  power: number;
  index: number;
}

type Pattern = (i: number, n: number, random: number) => number;

const patterns: Readonly<Record<string, Pattern>> = {
  equal: () => 1,
  two: (_i, _n, random) => (random >> 16) % 2,
  few: (_i, _n, random) => (random >> 16) % 7,
  many: (_i, _n, random) => random >> 8,
  ascending: (i) => i,
  descending: (i, n) => n - i,
  organ: (i, n) => (i > Math.floor(n / 2) ? n - i : i),
  sawtooth: (i) => i % 11,
  nearly: (i, n, random) => (i % 17 === 5 ? (random >> 16) % n : n - i),
  quarter: (i, n) => Math.floor((4 * i) / n),
};

// SHA-256 (first 8 bytes) of the comma-joined original indices after Go 1.26's
// sort.Slice(v, func(i, j int) bool { return v[i].power > v[j].power }); columns in the order of `patterns`.
const vectors: readonly (readonly [n: number, ...hashes: string[]])[] = [
  [
    12,
    "ef558e7f6f010c2a",
    "03a203ccf423649d",
    "afa667d624042094",
    "849b7e68b61bc80a",
    "80e247cf34efc7d5",
    "ef558e7f6f010c2a",
    "62eaf95b4cf7f07a",
    "768c47cbf0e610a9",
    "34911b59bbc6fc0b",
    "355e29f90e7a63ae",
  ],
  [
    13,
    "a9904728ca6f48fb",
    "2aa64e7e1fc7240d",
    "780725e4388984b3",
    "78d936fbc09fa69f",
    "3d9ba1053094b885",
    "a9904728ca6f48fb",
    "eab3e4d88165e6bb",
    "33baf6c812eee38b",
    "a9904728ca6f48fb",
    "590383e6c68cfca8",
  ],
  [
    14,
    "7a21dee1b15bfdcd",
    "2e81b6901e4c470f",
    "bdcdfd71382695dd",
    "333f9a977d08ff68",
    "06462e07a71b65a9",
    "7a21dee1b15bfdcd",
    "d999dc00b5b8be3f",
    "ffde156f4ffa7423",
    "f97552d688288ae7",
    "0527b2168e998ad6",
  ],
  [
    25,
    "4b6b081604862776",
    "af43dff7e3675022",
    "954556ba46d142bc",
    "ddd470d0cc239068",
    "18390d7e52fc6398",
    "4b6b081604862776",
    "7d88a920c8787fed",
    "65a56de01bebdb9a",
    "95d8a337ae38f9fe",
    "09bda0b96886d92a",
  ],
  [
    49,
    "e300664bdf3c5a9c",
    "7d486883ae137e75",
    "5b92c2e456562a85",
    "f461d0f315855c8e",
    "c064da8f1c31d422",
    "e300664bdf3c5a9c",
    "c0e856bcae192979",
    "cbadec982b7a7c41",
    "325b4765eb7a6eba",
    "e900ec9f76b5c2e0",
  ],
  [
    50,
    "b47c4f3c11a491ec",
    "74abbdb77b4ba337",
    "8a0623609182c23e",
    "22a1c558f1fb67c9",
    "c89a0777bc92b588",
    "b47c4f3c11a491ec",
    "1224fde52c4674fa",
    "81457704ee787ecd",
    "15d2cc55f309da21",
    "cd6d2c041799b755",
  ],
  [
    51,
    "a5104d3d19f5694d",
    "826e051629fa56da",
    "93a98d655572f244",
    "ddefa1e802e8005c",
    "ee040239705ed876",
    "a5104d3d19f5694d",
    "4dab1021029e74f8",
    "7bc0a3c17fc43b04",
    "c037b6a781bfd35e",
    "c3c6ad7c005eeb80",
  ],
  [
    64,
    "7a61ce53d17eb721",
    "40e44cddd3408cab",
    "3c1046dbbc183f05",
    "e9fee6e8a68b3136",
    "1bd779b98c08d9c0",
    "7a61ce53d17eb721",
    "65f0a0f35d329c0e",
    "20912c1953503f7e",
    "fc7347100d7504ce",
    "640673fc348bf7d9",
  ],
  [
    100,
    "3aab9a67460ed56a",
    "2a68b6440ec78134",
    "8dddbb5d8b9a4301",
    "e5348d7b4892908a",
    "35fc4df552453993",
    "3aab9a67460ed56a",
    "d77a5a143c4fba0e",
    "83798a6b4553344b",
    "c1a1000a9c1300be",
    "c147001c00eecc60",
  ],
  [
    129,
    "12cd8c0386858a34",
    "292a0f234a879020",
    "23739b7330937c6c",
    "7956e88549c2fbc9",
    "9d894510212b9868",
    "12cd8c0386858a34",
    "17f73c52059ddb12",
    "60c5dbbc0e67c006",
    "7441d9aa628ccfb6",
    "d510d6315c02d1ca",
  ],
  [
    200,
    "5691425facbd4d7f",
    "0ce4c0656c22d195",
    "cfc6860113be3797",
    "15abfcba90d2031f",
    "f0c278f174fa1e6a",
    "5691425facbd4d7f",
    "7457e463a6be670d",
    "99e4b29526c3c554",
    "8fb0e02a8b85d6c9",
    "29b09bbab9a4809f",
  ],
  [
    500,
    "0c107320ad64414b",
    "11f560451d7f02a9",
    "3e4ed0a4d0495074",
    "2523597ed97de5ce",
    "beac1eb666f4485e",
    "0c107320ad64414b",
    "d38307a50b204f83",
    "ee969e68224a94a1",
    "5d9b5ea689ea9871",
    "d4e5afddc6266067",
  ],
  [
    1000,
    "a1002f575c7074b1",
    "fc0d117e1afda684",
    "a168f944697da96b",
    "d848d5a245c71e1e",
    "cd1e6887751fd901",
    "a1002f575c7074b1",
    "b6e6067f42524ab7",
    "16f68795db715b4d",
    "4d590ee876e29863",
    "5fbfc6e42a102644",
  ],
];

/** As `vectors`, for inputs built by an adversary (McIlroy) that makes every pivot a bad one. */
const adversarial: readonly (readonly [n: number, hash: string])[] = [
  [200, "5801c90056383378"],
  [1000, "b2d53e71afed660d"],
  [3000, "18730ab7290245a1"],
];

describe("sortLikeGo", () => {
  it.each(vectors.map(([n, ...hashes]) => ({ n, hashes })))(
    "orders equal items as Go does, $n items",
    ({ n, hashes }) => {
      const names = Object.keys(patterns);
      expect(names.map((name) => fingerprint(sorted(generate(n, patterns[name]!))))).toEqual(hashes);
    },
  );

  it.each(adversarial)("orders equal items as Go does where quicksort gives up, %i items", (n, hash) => {
    expect(fingerprint(sorted(adversary(n)))).toBe(hash);
  });

  it("sorts", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 300 }), (powers) => {
        const items = powers.map((power, index) => ({ power, index }));
        expect(sorted(items).map((item) => item.power)).toEqual(powers.toSorted((a, b) => b - a));
      }),
    );
  });
});

function sorted(items: Item[]): Item[] {
  sortLikeGo(items, (a, b) => a.power > b.power);
  return items;
}

function generate(n: number, pattern: Pattern): Item[] {
  const seed = (BigInt(n) * 2654435761n + 12345n) % (1n << 64n);
  let state = seed;
  return Array.from({ length: n }, (_, index) => {
    state = BigInt.asUintN(64, state * 1103515245n + 12345n) % 2147483648n;
    return { power: pattern(index, n, Number(state)), index };
  });
}

/** Decides values only while the sort compares them, so that each pivot turns out to be extreme. */
function adversary(n: number): Item[] {
  const values = new Array<number>(n).fill(n);
  let solid = 0;
  let candidate = 0;
  const indices = values.map((_, i) => i);
  sortLikeGo(indices, (x, y) => {
    if (values[x] === n && values[y] === n) {
      values[x === candidate ? x : y] = n - 1 - solid;
      solid = Math.min(solid + 1, n - 1);
    }
    if (values[x] === n) candidate = x;
    else if (values[y] === n) candidate = y;
    return values[x]! > values[y]!;
  });
  return values.map((value, index) => ({ power: Math.floor(value / 3), index }));
}

function fingerprint(items: readonly Item[]): string {
  const text = items.map((item) => item.index).join(",");
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
