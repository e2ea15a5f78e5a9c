import fc from "fast-check";
import { expect, test } from "vitest";
import { concat, fromHex, toHex } from "../../../codec/bytes.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { MemorySigner } from "../../../crypto/memory-signer.ts";
import { signedDigest } from "../../../crypto/signature.ts";
import { PeerFault } from "../errors.ts";
import { nodeIdOf } from "../node-id.ts";
import { deriveSecrets } from "./derive-secrets.ts";
import { FRAME_SEALED } from "./frames.ts";
import { encodeAuthentication, encodeEphemeralKey } from "./handshake-messages.ts";
import { x25519PublicKey } from "./native.ts";
import { SecretHandshake, type SecretSession } from "./secret-handshake.ts";

/** cometbft.md 8.4: A is the official code. */
const a = { signer: MemorySigner.fromSeed(filled(0xa1)), ephemeral: filled(0x11) };
const b = { signer: MemorySigner.fromSeed(filled(0xb2)), ephemeral: filled(0x22) };
const helloA = "220a207b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13";
const helloB = "220a200faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f20";
const keyOfA = "92cae06ce47b2e2a1750c53b950bd310b2b272169fb7fffa38cfd121de33c1f1";
const keyOfB = "046e79fb404e1f3be86e88d9087a970c88ae4d7b68d3577f84c5f20e6fd9852f";
const signatureOfA =
  "0d8c5406e0a14e6b47607cee5cdbdfcb3b89a100e46ce01abf2d7b5ea07cca24f54216329fca0eb9f031d21dd579f8925b61c90fd324fa0d03f123024d78ff01";

function filled(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

function pair(): [SecretHandshake, SecretHandshake] {
  return [new SecretHandshake(a.signer, a.ephemeral), new SecretHandshake(b.signer, b.ephemeral)];
}

function shakenHands(): [SecretSession, SecretSession] {
  const [one, other] = pair();
  const answerOne = one.push(other.hello)!;
  const answerOther = other.push(concat(one.hello, answerOne))!;
  one.push(answerOther);
  return [one.session!, other.session!];
}

test("ids and first messages are those of the official code", () => {
  expect(nodeIdOf(a.signer.publicKey)).toBe("730a5edc28c2f8daf2d9dce3a01d5f205e35e555");
  expect(nodeIdOf(b.signer.publicKey)).toBe("b28baab33e1f95a78c7e9547554c3e95a2e38030");
  const [one, other] = pair();
  expect(toHex(one.hello)).toBe(helloA);
  expect(toHex(other.hello)).toBe(helloB);
});

test("secrets are those of the official code, on both sides", () => {
  const ofA = deriveSecrets(a.ephemeral, x25519PublicKey(b.ephemeral));
  const ofB = deriveSecrets(b.ephemeral, x25519PublicKey(a.ephemeral));
  expect([toHex(ofA.sendKey), toHex(ofA.receiveKey)]).toEqual([keyOfA, keyOfB]);
  expect([toHex(ofB.sendKey), toHex(ofB.receiveKey)]).toEqual([keyOfB, keyOfA]);
  for (const { challenge } of [ofA, ofB]) {
    expect(toHex(challenge)).toBe("aeeeddd30d4776bbd049fa4791562a50a2a2c939bb34f5f8d5984d3de1b8eaef");
    expect(toHex(signedDigest(contexts.cometbft, challenge))).toBe(
      "e774ee76a1104511222991a4277bc3ce4bb18a0f26efda3cd0fe440538732e25",
    );
  }
});

test("authentication messages and their frames are those of the official code", () => {
  expect(
    toHex(encodeAuthentication({ publicKey: a.signer.publicKey, signature: fromHex(signatureOfA) })),
  ).toBe(`660a220a20${toHex(a.signer.publicKey)}1240${signatureOfA}`);
  const [one, other] = pair();
  const frameA = one.push(fromHex(helloB))!;
  const frameB = other.push(fromHex(helloA))!;
  expect([frameA.length, frameB.length]).toEqual([FRAME_SEALED, FRAME_SEALED]);
  expect(toHex(frameA)).toMatch(
    /^a6383eff654a7daa007ffbad27118038eedff845336d4b2b4344765e54883eea.*c3fcc732bdf0f2c20b2e2c772cce4a71$/,
  );
  expect(toHex(frameB)).toMatch(
    /^e531ced070e883c4d3999886736fb2160182a4b3a2894922122b6d6ebc08aa7c.*483e7dd46fee16dbde17f40ef97c6c04$/,
  );
});

test("both sides know each other afterwards, however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const [one, other] = pair();
      const answer = one.push(other.hello)!;
      deliver(concat(other.push(one.hello)!), one, sizes);
      deliver(answer, other, sizes);
      expect(toHex(one.session!.remoteKey)).toBe(toHex(b.signer.publicKey));
      expect(toHex(other.session!.remoteKey)).toBe(toHex(a.signer.publicKey));
    }),
    { numRuns: 30 },
  );
});

function deliver(bytes: Uint8Array, to: SecretHandshake, sizes: readonly number[]): void {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    to.push(bytes.subarray(at, at + size));
    at += size;
  }
}

test("what follows the handshake in the same bytes is kept", () => {
  const [one, other] = pair();
  const answerOne = one.push(other.hello)!;
  const answerOther = other.push(concat(one.hello, answerOne))!;
  const { sealer } = other.session!;
  sealer.write(Uint8Array.of(2, 7, 8));
  sealer.flush();
  one.push(concat(answerOther, sealer.take()));
  expect([...one.session!.received.next(10)!]).toEqual([7, 8]);
});

test("data of any length arrives, however the frames are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 5000 }),
      (writes, cut) => {
        const [one, other] = shakenHands();
        for (const data of writes) one.sealer.write(data);
        one.sealer.flush();
        const wire = one.sealer.take();
        expect(wire.length % FRAME_SEALED).toBe(0);
        const opened: Uint8Array[] = [];
        for (let at = 0; at < wire.length; at += cut) {
          other.opener.push(wire.subarray(at, at + cut), (data) => opened.push(data.slice()));
        }
        expect(toHex(concat(...opened))).toBe(toHex(concat(...writes)));
      },
    ),
    { numRuns: 50 },
  );
});

test("a frame that was changed, repeated or left out does not open", () => {
  const [one, other] = shakenHands();
  one.sealer.write(new Uint8Array(1024).fill(1));
  const first = one.sealer.take();
  one.sealer.write(new Uint8Array(1024).fill(2));
  const second = one.sealer.take();
  const changed = first.slice();
  changed[500] = changed[500]! ^ 1;
  for (const wrong of [changed, second]) {
    expect(() => other.opener.push(wrong, () => {})).toThrow(PeerFault);
  }
  other.opener.push(first, () => {});
  expect(() => other.opener.push(first, () => {})).toThrow("does not open");
});

const wrongHellos: [string, Uint8Array][] = [
  ["a key of small order", encodeEphemeralKey(new Uint8Array(32))],
  ["another key of small order", encodeEphemeralKey(fromHex(`01${"00".repeat(31)}`))],
  ["our own key", fromHex(helloA)],
  ["a short key", encodeEphemeralKey(new Uint8Array(31).fill(9))],
  ["no message", new Uint8Array(40).fill(0xff)],
  ["an endless message", Uint8Array.of(0xff, 0xff, 0x3f)],
  ["an empty message", Uint8Array.of(0)],
];

test.each(wrongHellos)("the handshake fails with %s", (_, hello) => {
  const [one] = pair();
  expect(() => one.push(hello)).toThrow(PeerFault);
});

test("the handshake fails when the key has not signed the challenge", () => {
  const [one] = pair();
  const imposter = new SecretHandshake(
    {
      publicKey: a.signer.publicKey,
      sign: (context, message) => b.signer.sign(context, message),
      signRaw: (message) => b.signer.signRaw(message),
    },
    b.ephemeral,
  );
  const answer = imposter.push(one.hello)!;
  expect(() => one.push(concat(imposter.hello, answer))).toThrow("does not verify");
});

test("no bytes make the handshake do anything but go on or fail with a fault", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), (bytes, afterHello) => {
      const [one, other] = pair();
      if (afterHello) one.push(other.hello);
      try {
        one.push(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(PeerFault);
      }
      expect(one.session).toBeNull();
    }),
  );
});
