const CONTEXT_LINES = 2;

/** Where two texts begin to differ: the line's number, both lines and some before them. */
export function firstDifference(actual: string, canonical: string): string {
  const got = actual.split("\n");
  const want = canonical.split("\n");
  let line = 0;
  while (line < got.length && line < want.length && got[line] === want[line]) line++;
  const before = got.slice(Math.max(0, line - CONTEXT_LINES), line).map((text) => ` ${shorten(text)}\n`);
  const position = `@@ line ${line + 1} @@\n`;
  const gotLine = line < got.length ? `-${shorten(got[line]!)}\n` : "";
  const wantLine = line < want.length ? `+${shorten(want[line]!)}\n` : "";
  return `--- Actual\n+++ Canonical\n${position}${before.join("")}${gotLine}${wantLine}`;
}

const MAX_LINE = 200;

function shorten(line: string): string {
  return line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE)}…`;
}
