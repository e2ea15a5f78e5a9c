import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import type { NodePlace } from "../network/node-network.ts";

const run = promisify(execFile);

/** A machine of a laboratory: a network namespace. It is there while a process of the test's holds it. */
export interface Machine {
  /** A command that runs the command after it on the machine. */
  readonly within: readonly string[];
  /** Runs `ip` there. @throws what it says */
  ip(command: string): Promise<void>;
  /** Makes it a router. */
  forward(): Promise<void>;
  /** Plugs a cable into a switch. The machine's end has that name and, in CIDR notation, that address. */
  connect(to: Switch, device: string, address: string): Promise<Cable>;
  /** Where a node with the usual ports is on this machine. @param external address of a router, where others are told that it is */
  place(host: string, external?: string): NodePlace;
}

export interface Switch {
  readonly name: string;
}

/** A cable that can be cut. What is cut loses packets; nobody is told. */
export interface Cable {
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Machines with real addresses, connected by switches, apart from everything outside. Leaving its scope ends it. */
export interface Lab extends AsyncDisposable {
  machine(): Promise<Machine>;
  newSwitch(): Promise<Switch>;
  /** A cable between two switches. */
  trunk(one: Switch, other: Switch): Promise<Cable>;
}

const CONSENSUS_PORT = 26656;
const P2P_PORT = 9200;

/** A laboratory; null, with a word on why, where namespaces cannot be made. Nobody has to be root for them. */
export async function openLab(): Promise<Lab | null> {
  const holders: ChildProcess[] = [];
  const hold = async (command: readonly string[]): Promise<number> => {
    const [program, ...args] = [...command, "cat"];
    const holder = spawn(program!, args, { stdio: ["pipe", "pipe", "pipe"] });
    holders.push(holder);
    let complaint = "";
    holder.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    holder.stdin.on("error", () => {});
    holder.stdin.write("made\n");
    const ended = new Promise<never>((_, reject) => {
      holder.once("error", reject);
      holder.once("close", () => reject(new Error(complaint.trim() || `${program} ended`)));
    });
    ended.catch(() => {});
    await Promise.race([once(holder.stdout, "data"), ended]);
    return holder.pid!;
  };
  const isRoot = process.geteuid?.() === 0;
  const enter = (pid: number) => [
    "nsenter",
    ...(isRoot ? [] : ["--user", "--preserve-credentials"]),
    ...["--net", "--target", `${pid}`, "--"],
  ];
  const close = async () => {
    const ends = holders.map((holder) => holder.exitCode ?? once(holder, "close"));
    for (const holder of holders) holder.stdin?.end();
    await Promise.all(ends);
  };
  let outside: readonly string[];
  try {
    const pid = await hold(["unshare", ...(isRoot ? [] : ["--user", "--map-root-user"]), "--net", "--"]);
    outside = enter(pid);
    await ip(outside, "link add probe-a type veth peer name probe-b");
    await ip(outside, "link add probe type bridge");
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    console.log(`skipped: network namespaces, for which iproute2 is needed, cannot be made here: ${reason}`);
    await close();
    return null;
  }
  let cables = 0;
  const cable = (device: string): Cable => ({
    cut: () => ip(outside, `link set ${device} down`),
    mend: () => ip(outside, `link set ${device} up`),
  });
  let switches = 0;
  return {
    [Symbol.asyncDispose]: close,
    async newSwitch() {
      const name = `switch${switches++}`;
      await ip(outside, `link add ${name} type bridge`);
      await ip(outside, `link set ${name} up`);
      return { name };
    },
    async trunk(one, other) {
      const [a, b] = [`trunk${cables}a`, `trunk${cables++}b`];
      await ip(outside, `link add ${a} type veth peer name ${b}`);
      await ip(outside, `link set ${a} master ${one.name} up`);
      await ip(outside, `link set ${b} master ${other.name} up`);
      return cable(a);
    },
    async machine() {
      const pid = await hold([...outside, "unshare", "--net", "--"]);
      const within = enter(pid);
      await ip(within, "link set lo up");
      return {
        within,
        ip: (command) => ip(within, command),
        async forward() {
          const [program, ...args] = [...within, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"];
          await run(program!, args);
        },
        async connect(to, device, address) {
          const port = `cable${cables++}`;
          await ip(outside, `link add ${port} type veth peer name ${device} netns ${pid}`);
          await ip(outside, `link set ${port} master ${to.name} up`);
          await ip(within, `address add ${address} dev ${device}`);
          await ip(within, `link set ${device} up`);
          return cable(port);
        },
        place: (host, external) => ({
          ...{ host, within, consensusPort: CONSENSUS_PORT, p2pPort: P2P_PORT },
          ...(external !== undefined && { external }),
        }),
      };
    },
  };
}

async function ip(within: readonly string[], command: string): Promise<void> {
  const [program, ...args] = [...within, "ip", ...command.split(" ")];
  await run(program!, args);
}
