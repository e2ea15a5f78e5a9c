import { expect, test } from "vitest";
import { parseConfig } from "../config/load-config.ts";
import { committeePeerOptions } from "./committee-peer-options.ts";

const options = (p2p: string) => {
  const yaml = `common: { data_dir: /node }\ngenesis: { file: g.json }\np2p: ${p2p}\n`;
  return committeePeerOptions(parseConfig(yaml, "config.yml", { workingDirectory: "/w" }).config)!;
};

test.each([
  ["everywhere", "[]", "0.0.0.0"],
  ["everywhere when others are told of a place outside", '["203.0.113.7:9201"]', "0.0.0.0"],
  ["on loopback when others are told of that", '["127.0.0.1:9201"]', "127.0.0.1"],
  ["on another address of loopback", '["127.0.7.1:9201", "127.0.7.1:9202"]', "127.0.7.1"],
  ["on loopback by IPv6", '["[::1]:9201"]', "::1"],
  ["everywhere when others are told of several places", '["127.0.0.1:9201", "203.0.113.7:9201"]', "0.0.0.0"],
])("it listens %s", (_, registered, host) => {
  const { listen } = options(`{ port: 9201, registration: { addresses: ${registered} } }`);
  expect(listen).toEqual({ host, port: 9201 });
});
