// The framing format of Snappy, google/snappy framing_format.txt.

/** A frame begins with its kind, one byte, and the length of what follows, three bytes, the lowest first. */
export const HEADER_BYTES = 4;
export const CHECKSUM_BYTES = 4;
export const CHUNK_COMPRESSED = 0x00;
export const CHUNK_PLAIN = 0x01;
/** Kinds from here on may be skipped when they are not known, those before may not. */
export const FIRST_SKIPPABLE = 0x80;
export const CHUNK_STREAM_ID = 0xff;
/** What every stream begins with. */
export const STREAM_ID = Uint8Array.of(0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);

/** The form in which a CRC-32C of plain bytes stands in a frame. */
export function maskedChecksum(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
