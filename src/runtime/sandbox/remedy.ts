import { existsSync } from "node:fs";
import type { SandboxProblem } from "./classify-failure.ts";

const installers: readonly (readonly [program: string, command: string])[] = [
  ["/usr/bin/apt-get", "sudo apt-get install -y bubblewrap"],
  ["/usr/bin/dnf", "sudo dnf install -y bubblewrap"],
  ["/usr/bin/pacman", "sudo pacman -S --noconfirm bubblewrap"],
  ["/usr/bin/zypper", "sudo zypper --non-interactive install bubblewrap"],
  ["/sbin/apk", "sudo apk add bubblewrap"],
];

/** What is wrong with the sandbox and the exact line that puts it right. */
export function sandboxRemedy(problem: SandboxProblem): { text: string; remedy: string } {
  switch (problem.kind) {
    case "missing":
      return {
        text: `Bubblewrap, the sandbox that ParaTimes run in, is not at ${problem.path}`,
        remedy: `${installCommand()}   (elsewhere already? name it under \`runtime.sandbox_binary\`)`,
      };
    case "notExecutable":
      return {
        text: `Bubblewrap at ${problem.path} cannot be started: ${problem.reason}`,
        remedy: `sudo chmod 755 ${problem.path}`,
      };
    case "tooOld":
      return {
        text: `Bubblewrap ${problem.version ?? "of this machine"} lacks options that the sandbox needs (0.1.8 has them)`,
        remedy: installCommand(),
      };
    case "userNamespacesOff":
      return userNamespacesOff(problem.setting);
    case "appArmor":
      return {
        text: "AppArmor forbids ordinary users to create user namespaces, which the sandbox is made of",
        remedy: "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
      };
    case "seccomp":
      return {
        text: problem.container
          ? "the container that the node runs in forbids new namespaces, which the sandbox is made of"
          : "a seccomp filter on the node's own process forbids new namespaces, which the sandbox is made of",
        remedy: problem.container
          ? "Start the container with: --security-opt seccomp=unconfined --security-opt apparmor=unconfined"
          : "Remove `SystemCallFilter=` and `RestrictNamespaces=` from the node's service unit.",
      };
    case "seccompUnsupported":
      return {
        text: "the kernel does not take the sandbox's seccomp policy",
        remedy: "Use a kernel with CONFIG_SECCOMP_FILTER=y (every common distribution's kernel has it).",
      };
    case "temporaryDirectory":
      return {
        text: `no temporary file can be made in ${problem.path}: ${problem.reason}`,
        remedy: "Start the node with TMPDIR naming a writable directory with a short path.",
      };
    case "noExec":
      return {
        text: "the ParaTime's executable may not be executed where it lies",
        remedy: "chmod +x it, or move it to a file system that is not mounted with `noexec`.",
      };
    case "other":
      return {
        text: `Bubblewrap could not make the sandbox: ${problem.message}`,
        remedy: "Try by hand: bwrap --unshare-all --ro-bind / / true",
      };
  }
}

function userNamespacesOff(setting: Extract<SandboxProblem, { kind: "userNamespacesOff" }>["setting"]): {
  text: string;
  remedy: string;
} {
  const text = "user namespaces, which the sandbox is made of, are switched off";
  switch (setting) {
    case "kernel.unprivileged_userns_clone":
      return {
        text: `${text} for ordinary users`,
        remedy: "sudo sysctl -w kernel.unprivileged_userns_clone=1",
      };
    case "user.max_user_namespaces":
      return { text, remedy: "sudo sysctl -w user.max_user_namespaces=15000" };
    case "kernel":
      return { text: `${text} in this kernel`, remedy: "Use a kernel with CONFIG_USER_NS=y." };
  }
}

function installCommand(): string {
  return (
    installers.find(([program]) => existsSync(program))?.[1] ??
    "Install your distribution's package bubblewrap."
  );
}
