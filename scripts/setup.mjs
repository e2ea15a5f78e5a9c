// Sets the checkout up: packages of the lock file (Node 24 is one of them), Bubblewrap, the bundled node, the demo ParaTime.
// Plain JavaScript without dependencies, because it runs on the machine's own Node (20 or newer) before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node24 = join(root, "node_modules", "node", "bin", "node");
const installed = join(root, "node_modules", ".qanat-installed");

const oldestNode = 20;

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`setup: ${text}\n`);
  process.exit(1);
}

function run(command, args, options = {}) {
  // The output of the tools goes to stderr: stdout may be a stream of JSON that a program reads.
  return spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
}

/** Runs a script of this repository under its own Node. */
function runScript(path, ...args) {
  return run(node24, ["--disable-warning=ExperimentalWarning", join(root, path), ...args]);
}

function installPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(installed) && readFileSync(installed, "utf8") === lock && existsSync(node24)) return;
  say("installing the packages of package-lock.json (once, about 20 s)");
  if (run("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"]).status !== 0) {
    fail(
      "npm ci failed, see above. It needs the npm registry; behind a proxy set npm's `registry` or `proxy`.",
    );
  }
  // npm can be told not to run install scripts; the one of `node` only links the binary of its platform package.
  if (!existsSync(node24)) run("npm", ["rebuild", "node", "--ignore-scripts=false", "--loglevel=error"]);
  if (!existsSync(node24)) {
    fail(
      `Node 24 did not arrive at ${node24}. Is this platform served by the npm package "node"? (${process.platform} ${process.arch})`,
    );
  }
  writeFileSync(installed, lock);
}

const installers = [
  ["apt-get", ["install", "-y", "bubblewrap"], ["update"]],
  ["dnf", ["install", "-y", "bubblewrap"]],
  ["pacman", ["-S", "--noconfirm", "bubblewrap"]],
  ["zypper", ["--non-interactive", "install", "bubblewrap"]],
  ["apk", ["add", "bubblewrap"]],
];

function installBubblewrap() {
  const has = (command) => spawnSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;
  if (existsSync("/usr/bin/bwrap") || has("bwrap")) return;
  const [manager, args, refresh] = installers.find(([command]) => has(command)) ?? [];
  const byHand = manager
    ? `sudo ${manager} ${args.join(" ")}`
    : "install the package `bubblewrap` of your distribution";
  if (!manager || process.getuid?.() !== 0) {
    fail(
      `Bubblewrap, the sandbox that ParaTimes run in, is not installed. Install it with:\n\n    ${byHand}\n\nand start again.`,
    );
  }
  say(`installing Bubblewrap with ${manager}`);
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  if (run(manager, args, environment).status === 0) return;
  if (refresh) run(manager, refresh, environment);
  if (run(manager, args, environment).status !== 0)
    fail(`that failed. Install Bubblewrap by hand: ${byHand}`);
}

/** Few files to load instead of a thousand. Without them the node runs from its sources, a little slower. */
function bundleNode() {
  const bundled = runScript("scripts/bundle-node.ts");
  if (bundled.status !== 0) say("bundling the node failed, see above: it will run from its sources.");
}

/** The demo ParaTime is rebuilt when one of its sources is newer than the executable; its own build script decides. */
function buildDemoParaTime() {
  const built = runScript("paratime/build.ts", "--if-needed");
  if (built.status !== 0) fail("building the demo ParaTime failed, see above.");
}

const major = Number(process.versions.node.split(".")[0]);
if (major < oldestNode)
  fail(`Node ${process.versions.node} is too old to set up with: ${oldestNode} or newer is needed.`);
if (process.platform !== "linux")
  fail("ParaTimes are Linux executables in a Linux sandbox: this needs Linux.");

// Two set-ups at once (npm start beside npm test) must not write node_modules together.
const lockFolder = join(root, ".setup-lock");
function takeLock() {
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(lockFolder);
      writeFileSync(join(lockFolder, "pid"), String(process.pid));
      return;
    } catch (failure) {
      if (failure.code !== "EEXIST") fail(`cannot write into ${root}: ${failure.message}`);
      let holder = 0;
      try {
        holder = Number(readFileSync(join(lockFolder, "pid"), "utf8"));
        process.kill(holder, 0);
      } catch (error) {
        // A killed set-up leaves its lock; a lock without a pid yet is one being taken right now.
        if (holder && error.code === "ESRCH") rmSync(lockFolder, { recursive: true, force: true });
        if (!holder && waited > 20) rmSync(lockFolder, { recursive: true, force: true });
      }
      if (waited === 0) say("waiting for another set-up of this checkout");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
    }
  }
}

takeLock();
process.on("exit", () => rmSync(lockFolder, { recursive: true, force: true }));
installPackages();
installBubblewrap();
bundleNode();
buildDemoParaTime();
