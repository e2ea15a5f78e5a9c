import { createServer } from "node:net";
import { expect, test } from "vitest";
import { readMessage, sendMessage } from "../rpc/message-stream.ts";
import { announced, startHost, testHost } from "../testing/test-host.ts";

const { signal } = new AbortController();

test("hosts connect, tell what they serve, and see each other go", async () => {
  const [server, client] = [testHost("server"), testHost("client")];
  const echo = {
    protocol: "/echo/1.0.0",
    maxStreams: 1,
    async handle(stream: Parameters<typeof readMessage>[0]) {
      sendMessage(stream, await readMessage(stream, 100, signal));
    },
  };
  await using running = await startHost(server, [echo]);
  await using _ = await startHost(client);
  await client.connect(running.known, signal);
  await announced(client, "/echo/1.0.0");
  const stream = await client.openStream(server.id, "/echo/1.0.0", signal);
  sendMessage(stream, Uint8Array.of(1, 2, 3));
  expect(await readMessage(stream, 100, signal)).toEqual(Uint8Array.of(1, 2, 3));
  expect(await client.addressesOf(server.id)).toEqual(server.addresses);
  expect(client.connectionCount).toBe(1);
  const gone = server.peers.changes.next(({ protocols }) => protocols.size === 0, signal);
  await client.stop();
  expect((await gone).peer).toBe(client.id);
});

test("a blocked address is not let in, and not dialled", async () => {
  const [closed, other] = [testHost("closed", { blockedIps: ["127.0.0.1"] }), testHost("other")];
  await using running = await startHost(closed);
  await using more = await startHost(other);
  await expect(other.connect(running.known, signal)).rejects.toThrow();
  await expect(closed.connect(more.known, signal)).rejects.toThrow();
});

test("another peer than the one that was dialled is none", async () => {
  const [server, client] = [testHost("server"), testHost("client")];
  await using running = await startHost(server);
  await using _ = await startHost(client);
  const wrong = { id: testHost("someone else").id, addresses: running.known.addresses };
  await expect(client.connect(wrong, signal)).rejects.toThrow();
  expect(client.peers.all).toEqual([]);
});

test("a port that is taken is told with the key to change", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  const host = testHost("late", { listen: { host: "127.0.0.1", port } });
  await expect(host.start([])).rejects.toMatchObject({
    code: "p2p/listen",
    message: expect.stringContaining("p2p.port"),
  });
  expect(host.addresses).toEqual([]);
  await new Promise((resolve) => taken.close(resolve));
});
