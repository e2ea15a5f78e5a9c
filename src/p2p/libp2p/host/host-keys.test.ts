import { beforeAll, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../../../codec/bytes.ts";
import { sha512_256 } from "../../../crypto/hash.ts";
import { MemorySigner } from "../../../crypto/memory-signer.ts";
import { hostKey, useNetworkSignatures } from "./host-keys.ts";
import { type Library, loadLibrary } from "./library.ts";

// facts/runtime.md section 11, number 4.
const signer = MemorySigner.fromSeed(sha512_256(utf8("zz-runtime")));
const message = utf8("libp2p-pubsub:hello");
const signature =
  "281edbb6356b9ec6ae4a90bd9780358bcdab26ab5483c2011393ae3f1baf95b94108f36c4bdb3f9fc5ec24ab204be69b08e97598c88101b959422eb8915f2606";

let library: Library;

beforeAll(async () => {
  library = await loadLibrary();
  useNetworkSignatures(library, signer.publicKey);
});

test("the host's key signs under the network's context", async () => {
  const key = hostKey(signer, library);
  expect(toHex(await key.sign(message))).toBe(signature);
  expect(key.equals(hostKey(signer, library))).toBe(true);
  expect(key.equals(hostKey(MemorySigner.generate(), library))).toBe(false);
});

test("the library verifies under the network's context, and plain signatures no more", async () => {
  const publicKey = library.publicKeyFromRaw(signer.publicKey);
  expect(await publicKey.verify(message, fromHex(signature))).toBe(true);
  expect(await publicKey.verify(utf8("libp2p-pubsub:hullo"), fromHex(signature))).toBe(false);
  expect(await publicKey.verify(message, signer.signRaw(message))).toBe(false);
  expect(await publicKey.verify(message, fromHex(signature).subarray(1))).toBe(false);
});
