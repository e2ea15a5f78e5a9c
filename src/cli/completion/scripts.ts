import type { CompletionWords } from "./words.ts";

// The names in the scripts are words, dots, dashes and underscores: nothing that a shell would read otherwise.

/** Completion for bash: commands, flags, and files where neither fits. */
export function bashCompletion(places: readonly CompletionWords[]): string {
  return `# Completion of oasis-node for bash.
_oasis_node_words() {
  case "$1" in
${cases(places)}
  esac
}

_oasis_node() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" place word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    place="\${path:+$path }$word"
    if [[ "$word" != -* && " $(_oasis_node_words "$path" words) " == *" $word "* ]]; then path="$place"; fi
  done
  local kind=words
  if [[ "$current" == -* ]]; then kind=flags; fi
  COMPREPLY=($(compgen -W "$(_oasis_node_words "$path" "$kind")" -- "$current"))
}

complete -o default -F _oasis_node oasis-node
`;
}

/** Completion for zsh. */
export function zshCompletion(places: readonly CompletionWords[]): string {
  return `#compdef oasis-node
# Completion of oasis-node for zsh.
_oasis_node_words() {
  case "$1" in
${cases(places)}
  esac
}

_oasis_node() {
  local current="\${words[CURRENT]}" place="" word kind=words i
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    if [[ "$word" != -* && " $(_oasis_node_words "$place" words) " == *" $word "* ]]; then
      place="\${place:+$place }$word"
    fi
  done
  if [[ "$current" == -* ]]; then kind=flags; fi
  local -a found
  found=(\${=$(_oasis_node_words "$place" "$kind")})
  if ((\${#found})); then compadd -a found; else _files; fi
}

if [[ "\${funcstack[1]}" == "_oasis-node" || "\${funcstack[1]}" == "_oasis_node" ]]; then
  _oasis_node "$@"
else
  compdef _oasis_node oasis-node
fi
`;
}

/** Completion for fish. */
export function fishCompletion(places: readonly CompletionWords[]): string {
  const rows = places.map(
    ({ path, words, flags }) => `    case '${path}'
      if test "$argv[2]" = flags
        string split ' ' -- '${flags.join(" ")}'
      else
        string split ' ' -- '${words.join(" ")}'
      end`,
  );
  return `# Completion of oasis-node for fish.
function __oasis_node_words
  switch "$argv[1]"
${rows.join("\n")}
  end
end

function __oasis_node_complete
  set -l place ''
  for word in (commandline -opc)[2..-1]
    if contains -- $word (__oasis_node_words "$place" words)
      set place (string trim -- "$place $word")
    end
  end
  if string match -q -- '-*' (commandline -ct)
    __oasis_node_words "$place" flags
  else
    __oasis_node_words "$place" words
  end
end

complete -c oasis-node -a '(__oasis_node_complete)'
`;
}

/** The branches of a function of a place and of what is asked for, \`words\` or \`flags\`. */
function cases(places: readonly CompletionWords[]): string {
  return places
    .map(
      ({ path, words, flags }) =>
        `    '${path}') if [[ "$2" == flags ]]; then echo '${flags.join(" ")}'; else echo '${words.join(" ")}'; fi ;;`,
    )
    .join("\n");
}
