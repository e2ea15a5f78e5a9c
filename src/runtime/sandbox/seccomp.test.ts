import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allowedSystemCalls, seccompPolicy } from "./seccomp.ts";

const X86_64 = 0xc000003e;
const ALLOW = 0x7fff0000;
const KILL = 0;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;

/** Runs a filter as the kernel does; only the operations that the policy may use exist. */
function run(program: Uint8Array, arch: number, number: number): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let i = 0; i < program.length / 8; i++) {
    const code = view.getUint16(i * 8, true);
    const operand = view.getUint32(i * 8 + 4, true);
    const jump = (taken: boolean) => view.getUint8(i * 8 + (taken ? 2 : 3));
    if (code === 0x20) accumulator = operand === 4 ? arch : number;
    else if (code === 0x15) i += jump(accumulator === operand);
    else if (code === 0x35) i += jump(accumulator >= operand);
    else if (code === 0x06) return operand;
    else throw new Error(`operation ${code}`);
  }
  throw new Error("ran off the end");
}

test("has the bytes of the official policy (facts/runtime.md 11.8)", () => {
  const program = seccompPolicy(true);
  expect(program.length).toBe(2216);
  expect(createHash("sha256").update(program).digest("hex")).toBe(
    "311f823fff95faee7262c01b17189f449880e616f108c15b177f14eae66351e1",
  );
});

test("allows exactly the listed calls, and clone3 is missing rather than forbidden", () => {
  const allowed = new Set(allowedSystemCalls);
  for (const kernelHasClone3 of [true, false]) {
    const program = seccompPolicy(kernelHasClone3);
    for (let number = 0; number < 600; number++) {
      const refused = number === 435 && kernelHasClone3 ? ENOSYS : EPERM;
      expect(run(program, X86_64, number), `call ${number}`).toBe(allowed.has(number) ? ALLOW : refused);
    }
  }
});

test.each([
  ["ptrace", 101],
  ["syslog", 103],
  ["mount", 165],
  ["unshare", 272],
  ["perf_event_open", 298],
  ["setns", 308],
  ["bpf", 321],
  ["io_uring_setup", 425],
])("refuses %s", (_name, number) => {
  expect(run(seccompPolicy(true), X86_64, number)).toBe(EPERM);
});

test("another architecture and the x32 interface kill", () => {
  const program = seccompPolicy(true);
  const word = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(word, word, (arch, number) => {
      const result = run(program, arch, number);
      if (arch !== X86_64) expect(result).toBe(KILL);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0x40000000, max: 0xfffffffe }), (number) => {
      expect(run(program, X86_64, number)).toBe(KILL);
    }),
  );
  expect(run(program, X86_64, 0xffffffff)).toBe(EPERM);
});
