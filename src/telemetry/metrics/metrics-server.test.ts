import { afterEach, expect, test } from "vitest";
import { silentLogging } from "../logger.ts";
import { MetricsServer } from "./metrics-server.ts";

const servers: MetricsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function serve(read: () => Promise<string>, port = 0) {
  const server = new MetricsServer(
    { host: "127.0.0.1", port },
    { metrics: { contentType: "text/plain; version=0.0.4", read }, logger: silentLogging.logger("metrics") },
  );
  servers.push(server);
  await server.start();
  return { server, url: `http://127.0.0.1:${server.address.port}` };
}

test("answers scrapers", async () => {
  const { url } = await serve(async () => "a 1\n");
  const response = await fetch(`${url}/metrics?ignored=1`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
  expect(await response.text()).toBe("a 1\n");
  expect((await fetch(`${url}/metrics`, { method: "HEAD" })).status).toBe(200);
});

test.each([
  ["GET", "/", 404],
  ["GET", "/metrics/more", 404],
  ["POST", "/metrics", 405],
  ["DELETE", "/metrics", 405],
])("%s %s is answered with %i", async (method, path, status) => {
  const { url } = await serve(async () => "a 1\n");
  expect((await fetch(url + path, { method })).status).toBe(status);
});

test("a reading that fails is a 500, and the next one is tried", async () => {
  let readings = 0;
  const { url } = await serve(async () => {
    if (++readings === 1) throw new Error("broken");
    return "a 1\n";
  });
  expect((await fetch(`${url}/metrics`)).status).toBe(500);
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
});

test("an address that is taken is named", async () => {
  const { server } = await serve(async () => "");
  const { port } = server.address;
  await expect(serve(async () => "", port)).rejects.toThrow(
    `metrics.address: metrics cannot be served on 127.0.0.1:${port}: another process listens there already`,
  );
});

test("a stop ends connections that are open", async () => {
  const reading = Promise.withResolvers<void>();
  const { server, url } = await serve(() => {
    reading.resolve();
    return new Promise(() => {});
  });
  const response = fetch(`${url}/metrics`);
  response.catch(() => {});
  await reading.promise;
  await server.stop();
  await expect(response).rejects.toThrow();
});
