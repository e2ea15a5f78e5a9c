import { createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { chooseApiPorts, choosePorts, freePortNear, requireFreePorts } from "./choose-ports.ts";

async function listenOn(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));

test("a folder gets the same ports again, each once", async () => {
  const names = ["a", "b", "c"];
  const first = await choosePorts(names, "/somewhere");
  expect(await choosePorts(names, "/somewhere")).toEqual(first);
  const ports = Object.values(first).flatMap(({ consensus, p2p }) => [consensus, p2p]);
  expect(new Set(ports).size).toBe(6);
  await expect(requireFreePorts(first, "settings.json")).resolves.toBeUndefined();
});

test("a port that is taken is passed over, and named when it was chosen before", async () => {
  const chosen = await choosePorts(["a"], "/elsewhere");
  const taken = await listenOn(chosen.a!.p2p);
  try {
    expect((await choosePorts(["a"], "/elsewhere")).a!.p2p).not.toBe(chosen.a!.p2p);
    await expect(requireFreePorts(chosen, "/dir/settings.json")).rejects.toThrow(
      `port ${chosen.a!.p2p} of 127.0.0.1, which a of this network has, is taken by another program`,
    );
  } finally {
    await close(taken);
  }
});

test("where the wanted port is taken, another free one is given", async () => {
  const [wanted] = Object.values(await choosePorts(["a"], "/third"));
  expect(await freePortNear(wanted!.consensus)).toBe(wanted!.consensus);
  const taken = await listenOn(wanted!.consensus);
  try {
    const other = await freePortNear(wanted!.consensus);
    expect(other).not.toBe(wanted!.consensus);
    expect(other).toBeGreaterThan(0);
  } finally {
    await close(taken);
  }
});

test("ports for the API are of the folder, two, and free", async () => {
  const { grpcPort, httpPort } = await chooseApiPorts("/somewhere");
  expect(await chooseApiPorts("/somewhere")).toEqual({ grpcPort, httpPort });
  expect(httpPort).not.toBe(grpcPort);
  const taken = await listenOn(grpcPort);
  try {
    expect(Object.values(await chooseApiPorts("/somewhere"))).not.toContain(grpcPort);
  } finally {
    await close(taken);
  }
});
