import { expect, test } from "vitest";
import { requireUser } from "./require-user.ts";

const debug = (dontBlameOasis: boolean, allowRoot: boolean) => ({
  dontBlameOasis,
  allowRoot,
  allowTestKeys: false,
});

test.each([
  { user: 1000, form: "26.1", switches: debug(false, false), isRoot: false },
  { user: 0, form: "26.1", switches: debug(true, true), isRoot: true },
  { user: 0, form: "classic", switches: debug(false, false), isRoot: true },
] as const)("user $user may run a node of the form $form", ({ user, form, switches, isRoot }) => {
  expect(requireUser(switches, form, user)).toBe(isRoot);
});

test.each([debug(false, false), debug(true, false), debug(false, true)])(
  "root may not, with $dontBlameOasis and $allowRoot",
  (switches) => {
    expect(() => requireUser(switches, "26.1", 0)).toThrow(/elevated privileges not allowed/);
  },
);
