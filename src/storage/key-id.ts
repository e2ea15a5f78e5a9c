/**
 * A key as a string with one character (0..255) a byte: usable as key of a `Map`, and two of them compare with
 * `<` as the keys order bytewise.
 */
export function keyId(key: Uint8Array): string {
  return latin1Slice === undefined
    ? String.fromCharCode.apply(null, key as unknown as number[])
    : latin1Slice.call(key, 0, key.length);
}

/** Inverse of {@link keyId}. */
export function keyOfId(id: string): Uint8Array {
  const key = new Uint8Array(id.length);
  for (let i = 0; i < id.length; i++) key[i] = id.charCodeAt(i);
  return key;
}

// Node's own conversion costs 60 ns for a 33-byte key, the portable one (for a web page) 140 ns.
const latin1Slice = (globalThis as { Buffer?: { prototype: { latin1Slice?: unknown } } }).Buffer?.prototype
  .latin1Slice as ((this: Uint8Array, start: number, end: number) => string) | undefined;
