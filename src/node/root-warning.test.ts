import { expect, test } from "vitest";
import { rootWarning } from "./root-warning.ts";

const switches = (dontBlameOasis: boolean, allowRoot: boolean) => ({ dontBlameOasis, allowRoot });

test.each([
  { user: 1000, debug: switches(false, false) },
  { user: undefined, debug: switches(false, false) },
  { user: 0, debug: switches(true, true) },
])("user $user with $debug is left alone", ({ user, debug }) => {
  expect(rootWarning(debug, user, 5)).toBeNull();
});

test.each([switches(false, false), switches(true, false), switches(false, true)])(
  "root is warned with $dontBlameOasis and $allowRoot",
  (debug) => {
    expect(rootWarning(debug, 0, 5)).toEqual({
      text: expect.stringContaining("runs as root"),
      sinceMs: 5,
      remedy: expect.stringMatching(/user of its own.*common\.debug\.allow_root/),
    });
  },
);
