import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { decode, encode, fromJsonText, toJsonText } from "../codec/schema.ts";
import { Status } from "./api-control.ts";

describe("control status", () => {
  it.each(["client", "compute", "validator"])("of an official %s node reads and prints back", (name) => {
    const text = readFileSync(sharedPath("samples", `control-status-${name}.json`), "utf8");
    const status = fromJsonText(Status, text);
    expect(toJsonText(Status, status, 2)).toBe(text.trimEnd());
    expect(toJsonText(Status, decode(Status, encode(Status, status), "strict"), 2)).toBe(text.trimEnd());
  });

  it("has what is waited for only when there is something", () => {
    const status = Status.make({ mode: "compute" });
    expect(toJsonText(Status, status)).not.toContain("waiting");
    const waiting = {
      subject: "registration",
      for: "the entity",
      since: 1_600_000_000n,
      remedy: "register it",
    };
    expect(JSON.parse(toJsonText(Status, { ...status, waiting: [waiting] })).waiting).toEqual([
      { subject: "registration", for: "the entity", since: "2020-09-13T12:26:40Z", remedy: "register it" },
    ]);
  });
});
