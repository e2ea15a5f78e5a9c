import { createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { chooseApiPorts, choosePorts, otherApiPorts, requireFreePorts } from "./choose-ports.ts";

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

test("where a wanted port of the API is taken, the folder has two of its own", async () => {
  const own = await otherApiPorts("/somewhere");
  expect(await otherApiPorts("/somewhere")).toEqual(own);
  expect(own.httpPort).not.toBe(own.grpcPort);
  const wanted = await otherApiPorts("/elsewhere");
  expect(await chooseApiPorts("/somewhere", wanted)).toEqual(wanted);
  const taken = await listenOn(wanted.httpPort);
  try {
    expect(await chooseApiPorts("/somewhere", wanted)).toEqual(own);
    expect(Object.values(await otherApiPorts("/elsewhere"))).not.toContain(wanted.httpPort);
  } finally {
    await close(taken);
  }
});
