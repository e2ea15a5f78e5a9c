import { defineCommand } from "../command.ts";
import { commandGroups, loadAllCommands } from "../commands.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "../completion/scripts.ts";
import { completionWords } from "../completion/words.ts";
import { exitCode } from "../errors.ts";

function completion(shell: string, script: typeof bashCompletion, use: string) {
  return defineCommand<null>({
    path: `completion ${shell}`,
    summary: `the script for ${shell}`,
    notes: use,
    options: [{ name: "no-descriptions", summary: "accepted: there are none", isHidden: true }],
    resolve: () => null,
    run: async (_, io) => {
      io.out(script(completionWords(await loadAllCommands(), commandGroups)));
      return exitCode.ok;
    },
  });
}

export const completionBash = completion(
  "bash",
  bashCompletion,
  "For this shell: `source <(oasis-node completion bash)`. For all: write it to `/etc/bash_completion.d/oasis-node`.",
);

export const completionZsh = completion(
  "zsh",
  zshCompletion,
  "For this shell: `source <(oasis-node completion zsh)`, after `autoload -U compinit; compinit`. For all: write it to a " +
    "file `_oasis-node` in a folder of `$fpath`.",
);

export const completionFish = completion(
  "fish",
  fishCompletion,
  "For this shell: `oasis-node completion fish | source`. For all: write it to " +
    "`~/.config/fish/completions/oasis-node.fish`.",
);
