/** Audit architecture number of x86-64. */
const ARCH_X86_64 = 0xc000003e;
/** System calls from here on belong to the x32 interface. */
const X32_BIT = 0x40000000;
const SYS_CLONE3 = 435;
const EPERM = 1;
const ENOSYS = 38;

const ACTION_ALLOW = 0x7fff0000;
const ACTION_KILL = 0;
const actionErrno = (errno: number) => 0x00050000 | errno;

// Classic BPF operations on `struct seccomp_data`.
const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const RETURN = 0x06;
const OFFSET_NUMBER = 0;
const OFFSET_ARCH = 4;

/** A conditional jump reaches at most this many instructions ahead. */
const LONGEST_JUMP = 255;

/**
 * System calls a ParaTime may make, as ranges of x86-64 numbers (facts/runtime.md section 2).
 *
 * `clone` (56) is among them without a condition: the official policy means to forbid new namespaces in its flags,
 * but its condition compiles to "always". Everything that a namespace would give needs further calls that are not
 * in the list.
 */
const ALLOWED_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0, 100],
  [102, 102],
  [104, 132],
  [137, 138],
  [140, 152],
  [154, 154],
  [157, 160],
  [162, 162],
  [186, 211],
  [213, 226],
  [228, 235],
  [240, 245],
  [247, 247],
  [251, 255],
  [257, 258],
  [260, 271],
  [273, 278],
  [280, 297],
  [299, 299],
  [301, 302],
  [306, 307],
  [309, 309],
  [314, 319],
  [322, 322],
  [325, 326],
];

/** The numbers of {@link ALLOWED_RANGES}, ascending. */
export const allowedSystemCalls: readonly number[] = ALLOWED_RANGES.flatMap(([first, last]) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i),
);

interface Instruction {
  code: number;
  jumpTrue: number;
  jumpFalse: number;
  operand: number;
}

/**
 * The seccomp program of the official sandbox in the kernel's binary form, eight bytes an instruction.
 *
 * Another architecture and x32 calls kill the process; allowed calls pass; `clone3` fails with ENOSYS, so that the C
 * library falls back to `clone`; everything else fails with EPERM. On x86-64 with `clone3` the bytes are those that
 * libseccomp 2.5.4 generates for the official node.
 *
 * @param kernelHasClone3 Linux 5.3 or newer
 */
export function seccompPolicy(kernelHasClone3: boolean): Uint8Array {
  const program: Instruction[] = [
    load(OFFSET_ARCH),
    jump(JUMP_EQUAL, ARCH_X86_64, 0, 3),
    load(OFFSET_NUMBER),
    jump(JUMP_GREATER_OR_EQUAL, X32_BIT, 0, 2),
    jump(JUMP_EQUAL, 0xffffffff, 1, 0),
    ret(ACTION_KILL),
  ];
  // The allowing return lies behind the whole list; the calls too far ahead of it get one of their own.
  const near = LONGEST_JUMP + 1;
  const far = Math.max(0, allowedSystemCalls.length - near);
  appendAllowList(program, allowedSystemCalls.slice(0, far));
  appendAllowList(program, allowedSystemCalls.slice(far));
  if (kernelHasClone3) program.push(jump(JUMP_EQUAL, SYS_CLONE3, 1, 0));
  program.push(ret(actionErrno(EPERM)));
  if (kernelHasClone3) program.push(ret(actionErrno(ENOSYS)));
  program.push(ret(ACTION_KILL));
  return assemble(program);
}

/** Comparisons with each number, followed by the return that they jump to; no match falls behind it. */
function appendAllowList(program: Instruction[], numbers: readonly number[]): void {
  for (const [i, number] of numbers.entries()) {
    const isLast = i === numbers.length - 1;
    program.push(jump(JUMP_EQUAL, number, numbers.length - 1 - i, isLast ? 1 : 0));
  }
  if (numbers.length > 0) program.push(ret(ACTION_ALLOW));
}

function load(offset: number): Instruction {
  return { code: LOAD_WORD, jumpTrue: 0, jumpFalse: 0, operand: offset };
}

function jump(code: number, operand: number, jumpTrue: number, jumpFalse: number): Instruction {
  return { code, jumpTrue, jumpFalse, operand };
}

function ret(action: number): Instruction {
  return { code: RETURN, jumpTrue: 0, jumpFalse: 0, operand: action };
}

/** `struct sock_filter`: u16 code, u8 jump if true, u8 jump if false, u32 operand, little-endian on x86-64. */
function assemble(program: readonly Instruction[]): Uint8Array {
  const out = new Uint8Array(program.length * 8);
  const view = new DataView(out.buffer);
  for (const [i, { code, jumpTrue, jumpFalse, operand }] of program.entries()) {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, jumpTrue);
    view.setUint8(i * 8 + 3, jumpFalse);
    view.setUint32(i * 8 + 4, operand, true);
  }
  return out;
}
