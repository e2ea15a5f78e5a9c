import { utf8 } from "../../../codec/bytes.ts";
import { Strobe128 } from "./strobe128.ts";

/** A Merlin transcript: what both sides said so far, bound into every challenge. https://merlin.cool */
export class MerlinTranscript {
  readonly #strobe = new Strobe128("Merlin v1.0");

  constructor(label: string) {
    this.append("dom-sep", utf8(label));
  }

  append(label: string, message: Uint8Array): void {
    this.#strobe.metaAd(utf8(label));
    this.#strobe.metaAd(littleEndian(message.length), true);
    this.#strobe.ad(message);
  }

  challenge(label: string, length: number): Uint8Array {
    this.#strobe.metaAd(utf8(label));
    this.#strobe.metaAd(littleEndian(length), true);
    return this.#strobe.prf(length);
  }
}

function littleEndian(length: number): Uint8Array {
  return Uint8Array.of(length, length >> 8, length >> 16, length >> 24);
}
