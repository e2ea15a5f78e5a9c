import type { ApiClient } from "../../../api/client.ts";
import { toBase64, toHex } from "../../../codec/bytes.ts";
import { type Codec, toJsonText } from "../../../codec/schema.ts";
import { Entity } from "../../../types/entity.ts";
import { Node } from "../../../types/node.ts";
import { Runtime } from "../../../types/runtime.ts";
import { type Command, defineCommand, type OptionSpec } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import type { Given } from "../../given.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { verboseOption } from "../../options/common.ts";

export const registryEntityList = listCommand({
  path: "registry entity list",
  summary: "list the registered entities",
  codec: Entity,
  idOf: (entity) => toBase64(entity.id),
  fetch: (client) => client.call("Registry", "GetEntities", 0n),
});

export const registryNodeList = listCommand({
  path: "registry node list",
  summary: "list the registered nodes",
  codec: Node,
  idOf: (node) => toBase64(node.id),
  fetch: (client) => client.call("Registry", "GetNodes", 0n),
});

export const registryRuntimeList = listCommand({
  path: "registry runtime list",
  summary: "list the registered ParaTimes",
  codec: Runtime,
  options: [{ name: "include_suspended", summary: "also the suspended ones" }],
  idOf: (runtime) => toHex(runtime.id),
  fetch: (client, given) =>
    client.call("Registry", "GetRuntimes", {
      height: 0n,
      include_suspended: given.switch("include_suspended"),
    }),
});

interface ListSpec<T> {
  readonly path: string;
  readonly summary: string;
  readonly codec: Codec<T>;
  readonly options?: readonly OptionSpec[];
  idOf(item: T): string;
  fetch(client: ApiClient, given: Given): Promise<T[] | null>;
}

interface ListInput {
  readonly client: ClientInput;
  readonly isVerbose: boolean;
  readonly given: Given;
}

/** One identifier a line, or with `-v` the whole descriptors as JSON. */
function listCommand<T>({ path, summary, codec, options = [], idOf, fetch }: ListSpec<T>): Command {
  return defineCommand<ListInput>({
    path,
    summary,
    options: [...options, verboseOption, ...clientOptions],
    resolve: (given) => ({ client: clientInput(given), isVerbose: given.switch("verbose"), given }),
    run: async ({ client: input, isVerbose, given }, io) => {
      const items = await withClient(input, "failed to query the registry", (client) => fetch(client, given));
      for (const item of items ?? []) io.out(`${isVerbose ? toJsonText(codec, item, 2) : idOf(item)}\n`);
      return exitCode.ok;
    },
  });
}
