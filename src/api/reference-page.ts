import type { Codec } from "../codec/schema.ts";
import { wireErrors } from "../types/errors.ts";
import type { HeightClass, Method, ServiceTable } from "./method.ts";
import { SERVICE_PREFIX, services } from "./method-table.ts";

/** The reference page of the API, in Markdown, made from the method table. */
export function apiReferencePage(): string {
  const sections = Object.entries(services as Record<string, ServiceTable>).map(
    ([name, table]) => `## ${name}\n\n${notes[name] ?? ""}${methodTable(table)}`,
  );
  return [INTRODUCTION, ...sections, ERRORS, errorTable()].join("\n");
}

const INTRODUCTION = `# API

<!-- Generated from src/api by scripts/generate-reference.ts. -->

The node speaks gRPC with messages in CBOR, as the official node does: the path of a method is
\`/${SERVICE_PREFIX}SERVICE/METHOD\`, the content type \`application/grpc+cbor\`. Any client of the official node works.

| Where | What |
|---|---|
| the Unix socket \`internal.sock\` in the data directory, mode 0700 | gRPC, every method |
| \`api.grpc.listen_address\` | gRPC over HTTP/2, the methods of \`api.grpc.methods\` |
| \`api.http.listen_address\` | the same, and gRPC-Web (binary and text, HTTP/1.1 and HTTP/2, CORS), \`GET /livez\`, \`GET /readyz\`; the methods of \`api.http.methods\` |

Methods marked *local* steer the node and are served on the socket only. "–" stands for no request, or for an answer of
zero bytes. Where a list is empty, the answer is null. Requests and messages may have 100 MiB; a connection may have 1024
calls open; a stream whose client falls too far behind ends with status 8.

Heights: methods of class *state* answer for the state after a block, 0 and negative heights mean the last one; methods
of class *block* answer for a block, 0 means the last one.

\`GET /readyz\` answers 200 when the node is in sync and its roles work, else 503 and what it waits for, a line each.
`;

const notes: Readonly<Record<string, string>> = {
  KeyManager: "The former name of `KeyManager.Secrets`.\n\n",
  Sentry:
    "Served on the port of `sentry.control` only, over TLS, to the keys of `sentry.control.authorized_pubkeys`.\n\n",
  RuntimeClient: "Round 2^64 - 1 stands for the latest one.\n\n",
};

const ERRORS = `## Errors

Errors with a module and a code carry both in \`grpc-status-details-bin\`; their gRPC status is 2 (Unknown). A failed
transaction is answered with the pair of its result.
`;

const HEIGHT_CLASS: Readonly<Record<HeightClass, string>> = { state: "state", block: "block", none: "" };

function methodTable(table: ServiceTable): string {
  const rows = Object.entries(table).map(([name, method]) => {
    const marks = [method.kind === "stream" ? "stream" : "", method.access === "control" ? "*local*" : ""];
    const response = typeName(method.response);
    return `| ${name} | ${typeName(method.request)} | ${response} | ${HEIGHT_CLASS[method.height]} | ${marks.filter(Boolean).join(", ")} |`;
  });
  return `| Method | Request | Response | Height | |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
}

function typeName(codec: Method["request"]): string {
  return codec === null ? "–" : `\`${(codec as Codec<unknown>).typeName}\``;
}

function errorTable(): string {
  const rows = wireErrors.map(({ module, code, text }) => `| ${module} | ${code} | ${text} |`);
  return `| Module | Code | Text |\n|---|---|---|\n${rows.join("\n")}\n`;
}
