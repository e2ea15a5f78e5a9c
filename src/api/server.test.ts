import { once } from "node:events";
import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { services } from "./method-table.ts";
import { methodFilter } from "./server.ts";
import { startTestServer } from "./testing/test-server.ts";

/** Longer than a test may take. */
const NEVER_MS = 1_000_000;
const directory = () => mkdtempSync(join(tmpdir(), "qanat-api-"));
const onSocket = (path: string) => ({
  listeners: [{ address: { kind: "unix", path } as const, methods: ["*"], web: null }],
});

test("only the node's user may open the socket", async () => {
  await using server = await startTestServer();
  expect(statSync(server.socket).mode & 0o777).toBe(0o700);
});

test("the socket of a killed node is taken over", async () => {
  const path = join(directory(), "internal.sock");
  const { stdout } = await import("node:child_process").then(({ spawnSync }) =>
    spawnSync(process.execPath, [
      "-e",
      `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`,
    ]),
  );
  expect(String(stdout)).toBe("");
  expect(statSync(path).isSocket()).toBe(true);
  await using server = await startTestServer({}, onSocket(path));
  expect(server.server.addresses).toEqual([{ kind: "unix", path }]);
});

test("the socket of a running node is not", async () => {
  const path = join(directory(), "internal.sock");
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(path, resolve));
  await expect(startTestServer({}, onSocket(path))).rejects.toThrow(`another node is listening on ${path}`);
  other.close();
});

test("a file in the way, a path too long", async () => {
  const path = join(directory(), "file");
  writeFileSync(path, "");
  await expect(startTestServer({}, onSocket(path))).rejects.toThrow("is not a socket");
  const long = `/tmp/${"x".repeat(120)}`;
  await expect(startTestServer({}, onSocket(long))).rejects.toThrow("longer than the system allows");
});

test("a port that is taken", async () => {
  await using first = await startTestServer();
  const port = Number(new URL(first.origin).port);
  const address = { kind: "tcp", host: "127.0.0.1", port } as const;
  await expect(startTestServer({}, { listeners: [{ address, methods: ["*"], web: null }] })).rejects.toThrow(
    "another process listens there already",
  );
});

test("stopping: idle connections do not hold it up, the socket file is gone", async () => {
  const server = await startTestServer();
  const { hostname, port } = new URL(server.origin);
  const silent = connect(Number(port), hostname);
  await new Promise((resolve) => silent.once("connect", resolve));
  const idle = connectHttp2(server.origin);
  await new Promise((resolve) => idle.once("remoteSettings", resolve));
  expect((await fetch(`${server.origin}/livez`)).status).toBe(200);
  // They do not get the grace of running calls.
  await server.server.stop(NEVER_MS);
  expect(existsSync(server.socket)).toBe(false);
  silent.destroy();
  idle.destroy();
});

test("which methods a listener serves", () => {
  const tcp = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const unix = { kind: "unix", path: "/x" } as const;
  const shutdown = services.NodeController.RequestShutdown;
  const getBlock = services.Consensus.GetBlock;
  const cases = [
    { address: unix, methods: ["*"], shutdown: true, getBlock: true },
    { address: tcp, methods: ["*"], shutdown: false, getBlock: true },
    { address: tcp, methods: ["NodeController/*"], shutdown: false, getBlock: false },
    { address: unix, methods: ["NodeController/*"], shutdown: true, getBlock: false },
    { address: tcp, methods: ["Consensus/GetBlock"], shutdown: false, getBlock: true },
    { address: tcp, methods: [], shutdown: false, getBlock: false },
  ];
  for (const options of cases) {
    const allows = methodFilter(options);
    expect(allows("NodeController", "RequestShutdown", shutdown), JSON.stringify(options)).toBe(
      options.shutdown,
    );
    expect(allows("Consensus", "GetBlock", getBlock), JSON.stringify(options)).toBe(options.getBlock);
  }
});

test("a socket whose folder is not there is told with the folder and the key that names another", async () => {
  const folder = join(directory(), "missing");
  const starting = startTestServer(undefined, onSocket(join(folder, "internal.sock")));
  await expect(starting).rejects.toMatchObject({
    code: "api/listen",
    message: expect.stringMatching(new RegExp(`${folder} does not exist; common.internal_socket_path`)),
  });
});

test.each([
  ["HTTP/1.1", "P", "OST /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", /^HTTP\/1\.1 4/],
  ["HTTP/1.1", "G", "ET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", /^HTTP\/1\.1 200/],
  // A client's preface is answered by the server's settings: a frame of type 4.
  ["HTTP/2", "P", "RI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", /^[^H]{3}[^ -~]/],
])("%s is known when its first byte comes alone: %s", async (_protocol, first, rest, answer) => {
  await using server = await startTestServer();
  const { hostname, port } = new URL(server.origin);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  await new Promise<void>((resolve) => socket.write(first, () => resolve()));
  // A second connection that is served shows that the byte has arrived.
  expect((await fetch(`${server.origin}/livez`)).status).toBe(200);
  socket.write(Buffer.from(rest, "latin1"));
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.toString("latin1")).toMatch(answer);
  socket.destroy();
});
