import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { classifySandboxFailure, type SandboxFacts } from "./classify-failure.ts";
import { probeSandbox } from "./probe-sandbox.ts";
import { sandboxRemedy } from "./remedy.ts";
import { encodeArguments, sandboxArguments } from "./sandbox-arguments.ts";
import { hasClone3, launchInSandbox } from "./sandbox-host.ts";

const bubblewrap = "/usr/bin/bwrap";
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "qanat-sandbox-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

test("arguments have the official order (facts/runtime.md section 2)", () => {
  const args = sandboxArguments({
    executable: "/data/keyvalue",
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    libraries: [
      { path: "/usr/lib/x86_64-linux-gnu/libc.so.6", names: ["libc.so.6"] },
      { path: "/usr/lib/x86_64-linux-gnu/ld-2.36.so", names: ["ld-linux-x86-64.so.2"] },
    ],
    environment: { OASIS_WORKER_HOST: "/host.sock" },
    writable: { "/tmp/oasis-runtime1/host.sock": "/host.sock" },
    allowNetwork: false,
  });
  expect(args.join(" ")).toBe(
    "--unshare-all --cap-drop ALL --hostname oasis-core --tmpfs /tmp --dev /dev --die-with-parent --new-session " +
      "--chdir / --ro-bind /data/keyvalue /entrypoint --setenv OASIS_WORKER_HOST /host.sock " +
      "--dir / --bind /tmp/oasis-runtime1/host.sock /host.sock " +
      "--ro-bind /usr/lib/x86_64-linux-gnu/libc.so.6 /usr/lib/libc.so.6 " +
      "--ro-bind /usr/lib/x86_64-linux-gnu/ld-2.36.so /lib64/ld-linux-x86-64.so.2 " +
      "--symlink /usr/lib /usr/lib64 --seccomp 4",
  );
  expect(new TextDecoder().decode(encodeArguments(["--chdir", "/"]))).toBe("--chdir\0/\0");
});

test("the network is shared only when asked, and musl's linker is bound where the executable looks for it", () => {
  const base = { executable: "/e", libraries: [], environment: {}, writable: {} };
  const shared = sandboxArguments({ ...base, interpreter: null, allowNetwork: true }).join(" ");
  expect(shared).toContain("/entrypoint --share-net --ro-bind /etc/resolv.conf /etc/resolv.conf");
  const musl = sandboxArguments({
    ...base,
    interpreter: "/lib/ld-musl-x86_64.so.1",
    allowNetwork: false,
  }).join(" ");
  expect(musl).toContain("--ro-bind /lib/ld-musl-x86_64.so.1 /lib/ld-musl-x86_64.so.1");
  expect(musl).not.toContain("--share-net");
});

test.each([
  ["5.2.21", false],
  ["5.3.0-rc1", true],
  ["4.19.0-27-amd64", false],
  ["6.18.44", true],
])("kernel %s has clone3: %s", (release, expected) => {
  expect(hasClone3(release)).toBe(expected);
});

const healthy: SandboxFacts = {
  unprivilegedUserNamespaces: 1,
  maxUserNamespaces: 96365,
  appArmorRestricts: null,
  underSeccomp: false,
  inContainer: false,
  isRoot: false,
  version: "0.8.0",
};

const noPermission =
  "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.";

describe("failures are told apart", () => {
  test.each<[string, string, Partial<SandboxFacts>, string, RegExp]>([
    [
      "Debian's switch",
      noPermission,
      { unprivilegedUserNamespaces: 0 },
      "userNamespacesOff",
      /userns_clone=1/,
    ],
    [
      "no namespaces left",
      noPermission,
      { maxUserNamespaces: 0 },
      "userNamespacesOff",
      /max_user_namespaces/,
    ],
    [
      "limit reached",
      "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)",
      {},
      "userNamespacesOff",
      /max_user_namespaces/,
    ],
    [
      "kernel without them",
      "bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.",
      {},
      "userNamespacesOff",
      /CONFIG_USER_NS/,
    ],
    [
      "Ubuntu",
      "bwrap: setting up uid map: Permission denied",
      { appArmorRestricts: 1 },
      "appArmor",
      /apparmor_restrict/,
    ],
    [
      "Ubuntu, later step",
      "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted",
      { appArmorRestricts: 1 },
      "appArmor",
      /apparmor_restrict/,
    ],
    [
      "container",
      noPermission,
      { underSeccomp: true, inContainer: true, isRoot: true },
      "seccomp",
      /security-opt/,
    ],
    ["service unit", noPermission, { underSeccomp: true }, "seccomp", /SystemCallFilter/],
    [
      "kernel without seccomp",
      "bwrap: prctl(PR_SET_SECCOMP): Invalid argument",
      {},
      "seccompUnsupported",
      /CONFIG_SECC/,
    ],
    ["old", "bwrap: Unknown option --die-with-parent", { version: "0.1.5" }, "tooOld", /bubblewrap/],
    ["noexec", "bwrap: execvp /entrypoint: Permission denied", {}, "noExec", /noexec/],
    ["anything else", "bwrap: Can't find source path /x: No such file", {}, "other", /by hand/],
    ["silence", "", {}, "other", /by hand/],
  ])("%s", (_name, output, facts, kind, remedy) => {
    const problem = classifySandboxFailure(output, { ...healthy, ...facts });
    expect(problem.kind).toBe(kind);
    expect(sandboxRemedy(problem).remedy).toMatch(remedy);
  });
});

describe("probeSandbox", () => {
  /** A Bubblewrap that prints a line and fails. */
  function failingBubblewrap(name: string, line: string): string {
    const path = join(directory, name);
    writeFileSync(
      path,
      `#!/bin/sh\n[ "$1" = --version ] && echo "bubblewrap 0.8.0" && exit 0\necho "${line}" >&2\nexit 1\n`,
    );
    chmodSync(path, 0o755);
    return path;
  }

  test("finds that it works here", async () => {
    expect(await probeSandbox(bubblewrap)).toBeNull();
  });

  test("says that it is missing", async () => {
    expect(await probeSandbox(join(directory, "none"))).toEqual({
      kind: "missing",
      path: join(directory, "none"),
    });
  });

  test("says that it may not be executed", async () => {
    const path = join(directory, "plain");
    writeFileSync(path, "");
    chmodSync(path, 0o644);
    expect(await probeSandbox(path)).toMatchObject({ kind: "notExecutable", path });
  });

  test("passes on what it cannot explain", async () => {
    expect(await probeSandbox(failingBubblewrap("odd", "bwrap: the moon is full"))).toEqual({
      kind: "other",
      message: "bwrap: the moon is full",
    });
  });
});

/** Runs a script in the real sandbox, with this Node as the executable, and returns what it prints. */
async function runInSandbox(script: string, environment: Record<string, string> = {}): Promise<string> {
  const socketPath = join(mkdtempSync(join(directory, "s")), "host.sock");
  const server = createServer((socket) => socket.end("hello from the host"));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    const launch = { executable: process.execPath, environment, socketPath, allowNetwork: false };
    const child = await launchInSandbox({ bubblewrap }, launch, ["-e", script]);
    let text = "";
    for (const stream of child.output) stream.on("data", (chunk) => (text += chunk));
    const exit = await child.exited;
    expect(exit, text).toEqual({ code: 0, signal: null });
    return text;
  } finally {
    server.close();
  }
}

/** Follows the only child down: Bubblewrap has a monitor, an init and the executable itself. */
function lastDescendant(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? pid : lastDescendant(Number(children.split(" ")[0]));
}

describe("inside the sandbox", () => {
  test("there are only the executable, its libraries, the socket, an empty /tmp and a small /dev", async () => {
    const seen = JSON.parse(
      await runInSandbox(`const fs = require("node:fs"); console.log(JSON.stringify({
        root: fs.readdirSync("/").sort(), usr: fs.readdirSync("/usr").sort(), tmp: fs.readdirSync("/tmp"),
        dev: fs.readdirSync("/dev").sort() }))`),
    );
    expect(seen.root).toEqual(["dev", "entrypoint", "host.sock", "lib64", "tmp", "usr"]);
    expect(seen.usr).toEqual(["lib", "lib64"]);
    expect(seen.tmp).toEqual([]);
    expect(seen.dev).toEqual(
      expect.arrayContaining(["full", "null", "pts", "random", "shm", "tty", "urandom", "zero"]),
    );
  });

  test("the environment is what was set, not the node's own", async () => {
    const set = { OASIS_WORKER_HOST: "/host.sock" };
    const { PWD: _setByBubblewrap, ...environment } = JSON.parse(
      await runInSandbox("console.log(JSON.stringify(process.env))", set),
    );
    expect(environment).toEqual(set);
  });

  test("the process has no capabilities, can gain none, and is under the filter", async () => {
    const launch = {
      executable: process.execPath,
      environment: {},
      socketPath: "/dev/null",
      allowNetwork: false,
    };
    const child = await launchInSandbox({ bubblewrap }, launch, [
      "-e",
      "console.log(1); setTimeout(() => {}, 60_000)",
    ]);
    await once(child.output[0]!, "data");
    const status = readFileSync(`/proc/${lastDescendant(child.pid)}/status`, "utf8");
    child.kill();
    await child.exited;
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(existsSync(`/proc/${child.pid}`)).toBe(false);
  });

  test("the host's socket answers; the network does not exist", async () => {
    const text = await runInSandbox(`const net = require("node:net");
      net.connect("/host.sock").on("data", (d) => console.log(String(d)));
      net.connect(80, "127.0.0.1").on("error", (e) => console.log(e.code));
      console.log(JSON.stringify(Object.keys(require("node:os").networkInterfaces())));`);
    expect(text).toContain("hello from the host");
    expect(text).toMatch(/ECONNREFUSED|ENETUNREACH/);
    expect(text).not.toContain("eth");
  });

  test("threads start, forbidden calls fail, and nothing of the host can be written", async () => {
    const text =
      await runInSandbox(`const { Worker } = require("node:worker_threads"); const fs = require("node:fs");
      new Worker("require('node:worker_threads').parentPort.postMessage('thread')", { eval: true })
        .on("message", (m) => console.log(m));
      try { fs.writeFileSync("/entrypoint", ""); console.log("written"); } catch (e) { console.log(e.code); }
      try { fs.chmodSync("/entrypoint", 0o777); console.log("changed"); } catch (e) { console.log(e.code); }
      console.log(require("node:os").hostname());`);
    expect(text).toContain("thread");
    expect(text).toContain("oasis-core");
    expect(text.match(/EROFS|EACCES|ETXTBSY|EPERM/g)).toHaveLength(2);
    expect(existsSync(process.execPath)).toBe(true);
  });
});
