import { describe, expect, it } from "vitest";
import { fromBase64, fromHex, toBase64, toHex } from "../codec/bytes.ts";
import { type Codec, decode, encode, fromJsonText, toJsonText } from "../codec/schema.ts";
import { EMPTY_HASH, hashOf, sha3_256, sha512_256 } from "../crypto/hash.ts";
import { COMMON_POOL_ADDRESS, FEE_ACCUMULATOR_ADDRESS } from "./account-address.ts";
import { Address, parseAddress } from "./address.ts";
import * as beacon from "./beacon.ts";
import * as churp from "./churp.ts";
import { Version } from "./common.ts";
import * as consensus from "./consensus.ts";
import { Entity } from "./entity.ts";
import * as keymanager from "./keymanager.ts";
import * as registry from "./registry.ts";
import * as roothash from "./roothash.ts";
import { Block, Header } from "./roothash-block.ts";
import { ComputeResultsHeader, ExecutorCommitment, Pool, Proposal } from "./roothash-commitment.ts";
import { IncomingMessages, MessageEvent, Messages } from "./roothash-message.ts";
import { Runtime, SchedulingConstraints } from "./runtime.ts";
import * as scheduler from "./scheduler.ts";
import * as staking from "./staking.ts";
import * as stakingEvents from "./staking-events.ts";
import * as storage from "./storage.ts";
import * as vault from "./vault.ts";

const TEST_ENTITY = fromHex("4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35");
const NODE = fromHex("e1fe75a312fdb1ef5eb289493e9fd511abe0fef17d0116d666cbad1ecb020a28");
const KM_ID = fromHex(`c000000000000000${"ff".repeat(24)}`);
const RUNTIME_10 = fromHex(`80${"00".repeat(30)}10`);
const EMPTY_HASH_HEX = toHex(EMPTY_HASH);

function row<T>(
  what: string,
  codec: Codec<T>,
  value: T,
  hex: string,
): [string, Codec<unknown>, unknown, string] {
  return [what, codec as Codec<unknown>, value, hex];
}

// facts/formats.md 0, 1.3, 4, 5, 6; consensus-a.md 1.5, 1.8, 2; consensus-b.md 6.5; api.md 4.
const encodings = [
  row("version 26.1.0", Version, { major: 26, minor: 1, patch: 0 }, "a2656d616a6f72181a656d696e6f7201"),
  row("version 0.0.0", Version, Version.zero(), "a0"),
  row("zero account", staking.Account, staking.Account.zero(), "a0"),
  row(
    "account with balance and nonce",
    staking.Account,
    staking.Account.make({ general: staking.GeneralAccount.make({ balance: 100n, nonce: 1n }) }),
    "a16767656e6572616ca2656e6f6e6365016762616c616e63654164",
  ),
  row(
    "account with an entity claim, whose threshold of kind 0 is not omitted",
    staking.Account,
    accountWithClaim(),
    "a166657363726f77a1717374616b655f616363756d756c61746f72a166636c61696d73a17772656769737472792e5265676973746572456e7469747981a166676c6f62616c00",
  ),
  row("delegation", staking.Delegation, { shares: 256n }, "a166736861726573420100"),
  row(
    "debonding delegation",
    staking.DebondingDelegation,
    { shares: 1n, debond_end: 9n },
    "a26673686172657341016a6465626f6e645f656e6409",
  ),
  row("commission rate step of zeros", staking.CommissionRateStep, staking.CommissionRateStep.zero(), "a0"),
  row(
    "registry parameters of zeros",
    registry.ConsensusParameters,
    registry.ConsensusParameters.zero(),
    "a0",
  ),
  row(
    "node status of zeros",
    registry.NodeStatus,
    registry.NodeStatus.zero(),
    "a36f667265657a655f656e645f74696d65007465787069726174696f6e5f70726f636573736564f477656c656374696f6e5f656c696769626c655f616674657200",
  ),
  row("entity", Entity, { v: 2, id: TEST_ENTITY, nodes: null }, `a26176026269645820${toHex(TEST_ENTITY)}`),
  row(
    "address from text, IPv4-mapped",
    Address,
    parseAddress("127.0.0.1:80")!,
    "a36249505000000000000000000000ffff7f00000164506f72741850645a6f6e6560",
  ),
  row(
    "forced roles as a byte string",
    scheduler.ForceElectCommitteeRole,
    { kind: 1, roles: [1, 2], index: 0n },
    "a2646b696e640165726f6c6573420102",
  ),
  row("elected kinds as a byte string", scheduler.ElectedEvent, { kinds: [1] }, "a1656b696e64734101"),
  row(
    "VRF state before, with the odd key that is never omitted",
    beacon.PrevVRFState,
    beacon.PrevVRFState.zero(),
    "a16c70692e6f6d6974656d707479f6",
  ),
  row(
    "VRF state at the start",
    beacon.VRFState,
    beacon.VRFState.make({ alpha: Uint8Array.of(0xaa), submit_after: 6n }),
    "a265616c70686141aa6c7375626d69745f616674657206",
  ),
  row(
    "VRF state with an empty previous one",
    beacon.VRFState,
    beacon.VRFState.make({
      alpha: Uint8Array.of(0xaa),
      epoch: 6n,
      alpha_hq: true,
      submit_after: 31n,
      prev_state: { "pi.omitempty": new Map(), can_elect: true },
    }),
    "a565616c70686141aa6565706f63680668616c7068615f6871f56a707265765f7374617465a26963616e5f656c656374f56c70692e6f6d6974656d707479a06c7375626d69745f6166746572181f",
  ),
  row("epoch event 0", beacon.EpochEvent, { epoch: 0n }, "a0"),
  row(
    "pool without commitments",
    Pool,
    Pool.make({ highest_rank: 0xffff_ffff_ffff_ffffn }),
    "a16c686967686573745f72616e6b1bffffffffffffffff",
  ),
  row(
    "pool with one failure vote",
    Pool,
    Pool.make({
      scheduler_commitments: new Map([[0n, { commitment: null, votes: new Map([[toHex(NODE), null]]) }]]),
    }),
    `a1757363686564756c65725f636f6d6d69746d656e7473a100a165766f746573a15820${toHex(NODE)}f6`,
  ),
  row(
    "message event that succeeded",
    MessageEvent,
    MessageEvent.make({ result: Uint8Array.of(0xf6) }),
    "a166726573756c74f6",
  ),
  row(
    "message event that failed",
    MessageEvent,
    { module: "staking", code: 5, index: 1, result: Uint8Array.of(0xf6) },
    "a464636f64650565696e64657801666d6f64756c65677374616b696e6766726573756c74f6",
  ),
  row(
    "scheduling constraints",
    SchedulingConstraints,
    { validator_set: {}, max_nodes: { limit: 1 }, min_pool_size: { limit: 3 } },
    "a3696d61785f6e6f646573a1656c696d6974016d6d696e5f706f6f6c5f73697a65a1656c696d6974036d76616c696461746f725f736574a0",
  ),
  row(
    "fresh key manager status, where null is not empty",
    keymanager.Status,
    keymanager.Status.make({ id: KM_ID }),
    `a66269645820${toHex(KM_ID)}656e6f646573f666706f6c696379f668636865636b73756df66969735f736563757265f46e69735f696e697469616c697a6564f4`,
  ),
  row(
    "transaction without fee and body",
    consensus.Transaction,
    consensus.Transaction.make({ method: "registry.DeregisterEntity" }),
    "a2656e6f6e636500666d6574686f64781972656769737472792e44657265676973746572456e74697479",
  ),
  row(
    "proof of the only transaction",
    consensus.MerkleProof,
    {
      total: 1n,
      index: 0n,
      leaf_hash: fromHex("a23bd5b06da9048238a65b3f1d9d0b9e15fae3dde262688e6489aa4c763d1820"),
      aunts: null,
    },
    "a365696e6465780065746f74616c01696c6561665f686173685820a23bd5b06da9048238a65b3f1d9d0b9e15fae3dde262688e6489aa4c763d1820",
  ),
  row(
    "transfer event",
    stakingEvents.TransferEvent,
    { from: COMMON_POOL_ADDRESS, to: FEE_ACCUMULATOR_ADDRESS, amount: 10n },
    toHex(fromBase64("o2J0b1UAJsiHPGiZm1+fSdkbrUUVcLva5PJkZnJvbVUA98Te1iET4sKC6oZyI6VE7VXWum5mYW1vdW50QQo=")),
  ),
  row(
    "burn event",
    stakingEvents.BurnEvent,
    { owner: COMMON_POOL_ADDRESS, amount: 1000n },
    toHex(fromBase64("omVvd25lclUA98Te1iET4sKC6oZyI6VE7VXWum5mYW1vdW50QgPo")),
  ),
  row("finalized event", roothash.FinalizedEvent, { round: 7n }, toHex(fromBase64("oWVyb3VuZAc="))),
  row(
    "write log: set, removed, set to nothing",
    storage.WriteLog,
    [
      [Uint8Array.of(0x61), Uint8Array.of(0x62)],
      [Uint8Array.of(0x63), null],
      [Uint8Array.of(0x64), new Uint8Array()],
    ],
    "838241614162824163f682416440",
  ),
  row(
    "round roots as an array",
    roothash.RoundRoots,
    { state_root: EMPTY_HASH, io_root: EMPTY_HASH },
    `825820${EMPTY_HASH_HEX}5820${EMPTY_HASH_HEX}`,
  ),
  row(
    "vault event, whose last two members are always there",
    vault.Event,
    vault.Event.make({ tx_hash: EMPTY_HASH }),
    `a36774785f686173685820${EMPTY_HASH_HEX}6e706f6c6963795f75706461746564f671617574686f726974795f75706461746564f6`,
  ),
];

describe("known encodings", () => {
  it.each(encodings)("%s", (_, codec, value, hex) => {
    expect(toHex(encode(codec, value))).toBe(hex);
    expect(decode(codec, fromHex(hex), "strict")).toEqual(value);
  });

  it("a zero ParaTime descriptor has ten members", () => {
    expect(encode(Runtime, Runtime.zero())[0]).toBe(0xaa);
  });
});

function header(members: Partial<Header>): Header {
  const hashes = {
    io_root: EMPTY_HASH,
    state_root: EMPTY_HASH,
    messages_hash: EMPTY_HASH,
    in_msgs_hash: EMPTY_HASH,
  };
  return Header.make({
    namespace: RUNTIME_10,
    header_type: 1,
    previous_hash: EMPTY_HASH,
    ...hashes,
    ...members,
  });
}

// facts/formats.md 6.2, 8.2, 8.3, 8.4; consensus-b.md 6.4, 6.5.
const genesisHeader = header({ timestamp: 1_600_000_000n });
const nextHeader = header({
  timestamp: 1_600_000_006n,
  round: 1n,
  header_type: 3,
  previous_hash: hashOf(Header, genesisHeader),
});
const results = ComputeResultsHeader.make({
  round: 2n,
  previous_hash: hashOf(Header, nextHeader),
  io_root: sha512_256(new TextEncoder().encode("io")),
  state_root: sha512_256(new TextEncoder().encode("state")),
  messages_hash: EMPTY_HASH,
  in_msgs_hash: EMPTY_HASH,
});

describe("known hashes", () => {
  it.each([
    [
      "zero block header",
      Header,
      Header.zero(),
      "677ad1a6b9f5e99ed94e5d598b6f92a4641a5f952f2d753b2a6122b6dceeb792",
    ],
    [
      "genesis block header",
      Header,
      genesisHeader,
      "bd0a653bf9f3e59d146c651d10d98240d9757ade768a21b6f1996324f5e391ce",
    ],
    [
      "header of an epoch transition",
      Header,
      nextHeader,
      "1669595d5e1ed448f139cbd324b7da8ef438e3c05334ddc457de46a5ed9d4e9a",
    ],
    [
      "vote on results",
      ComputeResultsHeader,
      results,
      "7e9057dadbaa1f234e4cafb862f6a723b0f45ed098b651a59cea0df791334d8a",
    ],
    [
      "zero results",
      ComputeResultsHeader,
      ComputeResultsHeader.zero(),
      "57d73e02609a00fcf4ca43cbf8c9f12867c46942d246fb2b0bce42cbdb8db844",
    ],
    [
      "storage root",
      storage.Root,
      storage.Root.make({
        root_type: 1,
        hash: fromHex("5ce51671d0342f5fa297cbec0a7bf9b4e97a8d2ff3faa23021fd74af3df31eff"),
      }),
      "81002a9986b1befe71de8831e791b10c435f53b79fff776e23f6470955a7d8da",
    ],
    [
      "messages",
      Messages,
      [
        {
          staking: {
            v: 0,
            transfer: { to: fromHex("00c20cf510af974ed3627e22488e3c158a0da2180b"), amount: 10n },
            withdraw: null,
            add_escrow: null,
            reclaim_escrow: null,
          },
          registry: null,
          governance: null,
        },
      ],
      "2d9718381c1f797acb03cff1cf1464b452ce89adfc73e0fc946ec44ae6e5b776",
    ],
    [
      "incoming messages",
      IncomingMessages,
      [{ id: 1n, caller: COMMON_POOL_ADDRESS, tag: 0n, fee: 0n, tokens: 5n, data: Uint8Array.of(0x78) }],
      "9c124b698471adde1b15131a328cf33ddbece567d4a8ac172372c57996b32dd7",
    ],
  ] as [string, Codec<unknown>, unknown, string][])("%s", (_, codec, value, hex) => {
    expect(toHex(hashOf(codec, value))).toBe(hex);
  });

  it("key manager policy checksum", () => {
    const policy = keymanager.SignedPolicySGX.zero();
    policy.policy.serial = 1;
    policy.policy.id = KM_ID;
    expect(toHex(sha3_256(encode(keymanager.SignedPolicySGX, policy)))).toBe(
      "6a87b5f7962746f2c41bbcad494409d48c89bc7904057639e30b495e4c66227c",
    );
  });

  it("block is its header", () => {
    expect(toHex(encode(Block, { header: genesisHeader }))).toBe(
      `a166686561646572${toHex(encode(Header, genesisHeader))}`,
    );
  });
});

// consensus-b.md 6.4, whole structures as the official node encoded them.
const commitment =
  "a36373696758403935452199582b995eeafcda9f631dd569329fe82359e2f6489f255cabbfcd2fd7132fa8900f289640d4d8ce16d9d1b5a3d7f2502a698a7f835c9f8428fd830e66686561646572a366686561646572a665726f756e640267696f5f726f6f7458204b692c138fb565730ca998a451b738051a63a9a09ced3436d273163df81ffbd06a73746174655f726f6f745820f38f10588f49f7491387772104107f043f3abeac2fb533669f5732c2f6839f706c696e5f6d7367735f686173685820c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a6d6d657373616765735f686173685820c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a6d70726576696f75735f6861736858201669595d5e1ed448f139cbd324b7da8ef438e3c05334ddc457de46a5ed9d4e9a6772616b5f736967584083626884c2aeeb85a06bff8fe112644ccf5694a6ad12ef21f5999bc1ae4d61cee3bc98f1181214ed63bd2869a120c99c1ebf9341dbfe073e6ac4ab793d306e036c7363686564756c65725f69645820e1fe75a312fdb1ef5eb289493e9fd511abe0fef17d0116d666cbad1ecb020a28676e6f64655f69645820e1fe75a312fdb1ef5eb289493e9fd511abe0fef17d0116d666cbad1ecb020a28";
const proposal =
  "a3637369675840d20d82fe3a4e647593ec0a87e3ba1afd371e064b26cd745e6ed79878017275ba9180fb070b6a3c5d7bd12bcc29417c1a429912ec4b79d3b213073959da6fb30566686561646572a365726f756e64026a62617463685f6861736858204b692c138fb565730ca998a451b738051a63a9a09ced3436d273163df81ffbd06d70726576696f75735f6861736858201669595d5e1ed448f139cbd324b7da8ef438e3c05334ddc457de46a5ed9d4e9a676e6f64655f69645820e1fe75a312fdb1ef5eb289493e9fd511abe0fef17d0116d666cbad1ecb020a28";

describe("whole structures of the official node", () => {
  it("executor commitment", () => {
    const value = decode(ExecutorCommitment, fromHex(commitment), "strict");
    expect(value.header.header).toEqual(results);
    expect(value.header.scheduler_id).toEqual(NODE);
  });

  it("proposal", () => {
    const value = decode(Proposal, fromHex(proposal), "strict");
    expect(value.header.batch_hash).toEqual(results.io_root);
    expect(value.batch).toBeNull();
  });

  it("staking event as JSON", () => {
    const event = stakingEvents.Event.make({
      height: 7n,
      tx_hash: EMPTY_HASH,
      transfer: { from: COMMON_POOL_ADDRESS, to: COMMON_POOL_ADDRESS, amount: 1000n },
    });
    const pool = "oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm";
    const text = `{"height":7,"tx_hash":"${EMPTY_HASH_HEX}","transfer":{"from":"${pool}","to":"${pool}","amount":"1000"}}`;
    expect(toJsonText(stakingEvents.Event, event)).toBe(text);
    expect(fromJsonText(stakingEvents.Event, text)).toEqual(event);
  });

  it("a CHURP application request", () => {
    const value = { id: 1, runtime_id: KM_ID, epoch: 6n, checksum: EMPTY_HASH };
    expect(toBase64(encode(churp.ApplicationRequest, value)).startsWith("pGJpZAFlZXBvY2gG")).toBe(true);
  });
});

function accountWithClaim(): staking.Account {
  const account = staking.Account.zero();
  account.escrow.stake_accumulator.claims = new Map([
    ["registry.RegisterEntity", [{ global: staking.KIND_ENTITY, const: null }]],
  ]);
  return account;
}
