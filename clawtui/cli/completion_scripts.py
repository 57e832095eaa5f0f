"""Completion scripts for three shells, from the grammar of the verbs; what is quick to say stands in the script itself.

Hosts, groups and contexts are asked of clawtui when tab is pressed, with the `--fleet` and `--context` typed so far.
"""

from collections.abc import Sequence

from clawtui.cli.grammar import Spoken, Word

Verbs = Sequence[Spoken]
Words = Sequence[Word]


def bash(verbs: Verbs, shared: Words) -> str:
    """For bash 4 and newer."""
    cases = "\n".join(f"    {verb.name}) flags='{_flags(verb.flags)}' ;;" for verb in verbs)
    places = "\n".join(
        f"    {verb.name}:{at}) {_bash_offer(word)} ;;"
        for verb in verbs
        for at, word in _places(verb)
        if word.choices or word.offers
    )
    valued = "|".join(
        dict.fromkeys(name for verb in verbs for word in verb.flags if word.takes for name in word.spelled)
    )
    return f"""# clawtui: eval "$(clawtui completion bash)"
_clawtui_ask() {{ clawtui "${{asking[@]}}" completion "$1" 2>/dev/null; }}
_clawtui() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" verb="" flags="" at=0 i w
  local -a asking=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    w="${{COMP_WORDS[i]}}"
    case "$w" in
      --context | --fleet) asking+=("$w" "${{COMP_WORDS[i + 1]}}"); ((i++)); continue ;;
      {valued}) ((i++)); continue ;;
      --) COMPREPLY=(); return ;;
      -*) continue ;;
    esac
    if [ -z "$verb" ]; then verb="$w"; else ((at++)); fi
  done
  case "${{COMP_WORDS[COMP_CWORD - 1]}}" in
    --context) COMPREPLY=($(compgen -W "$(_clawtui_ask contexts)" -- "$word")); return ;;
    --fleet) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case "$verb" in
{cases}
  esac
  if [ "${{word:0:1}}" = - ]; then COMPREPLY=($(compgen -W "$flags {_flags(shared)}" -- "$word")); return; fi
  if [ -z "$verb" ]; then COMPREPLY=($(compgen -W "{" ".join(verb.name for verb in verbs)}" -- "$word")); return; fi
  case "$verb:$at" in
{places}
  esac
}}
complete -o default -F _clawtui clawtui"""


def _bash_offer(word: Word) -> str:
    if word.choices:
        return f'COMPREPLY=($(compgen -W "{" ".join(word.choices)}" -- "$word"))'
    if word.offers == "files":
        return 'COMPREPLY=($(compgen -f -- "$word"))'
    # after a comma the next host of a list: only that part is completed
    return f"""local before="${{word%"${{word##*,}}"}}"
      COMPREPLY=($(compgen -P "$before" -W "$(_clawtui_ask {word.offers})" -- "${{word##*,}}"))"""


def zsh(verbs: Verbs, shared: Words) -> str:
    """For zsh 5 and newer."""
    names = " ".join(f"'{verb.name}:{_plain(verb.summary)}'" for verb in verbs)
    cases = "\n".join(_zsh_case(verb, shared) for verb in verbs)
    return f"""#compdef clawtui
# clawtui: eval "$(clawtui completion zsh)"
_clawtui_ask() {{
  local -a asking
  (( ${{+opt_args[--fleet]}} )) && asking+=(--fleet "${{opt_args[--fleet]}}")
  (( ${{+opt_args[--context]}} )) && asking+=(--context "${{opt_args[--context]}}")
  compadd -q -S '' -- ${{(f)"$(clawtui $asking completion $1 2>/dev/null)"}}
}}
_clawtui() {{
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a verbs=({names})
  _arguments -C {" ".join(_zsh_flag(word) for word in shared)} '1:verb:->verb' '*::word:->words'
  case $state in
    verb) _describe verb verbs ;;
    words)
      case $line[1] in
{cases}
      esac ;;
  esac
}}
compdef _clawtui clawtui"""


def _zsh_case(verb: Spoken, shared: Words) -> str:
    flags = [_zsh_flag(word) for word in (*verb.flags, *shared)]
    places = [
        f"'{at + 1}:{word.takes.lower()}:{_zsh_offer(word)}'" for at, word in _places(verb) if not word.many or at == 0
    ]
    return f"        {verb.name}) _arguments {' '.join(flags + places)} ;;"


def _zsh_flag(word: Word) -> str:
    name = word.spelled[-1]
    value = f":{word.takes.lower()}:{_zsh_offer(word)}" if word.takes else ""
    return f"'{name}[{_plain(word.words)}]{value}'"


def _zsh_offer(word: Word) -> str:
    if word.choices:
        return f"({' '.join(word.choices)})"
    if word.offers == "files":
        return "_files"
    return (
        f" _clawtui_ask {word.offers}" if word.offers else " "
    )  # without the blank, zsh would put words of its own first


def fish(verbs: Verbs, shared: Words) -> str:
    """For fish 3 and newer."""
    lines = [
        "# clawtui: clawtui completion fish | source",
        "function __clawtui_ask",
        "  set -l words (commandline -opc)",
        "  set -l asking",
        "  for i in (seq 2 (count $words))",
        "    contains -- $words[$i] --fleet --context; and set -a asking $words[$i] $words[(math $i + 1)]",
        "  end",
        "  clawtui $asking completion $argv[1] 2>/dev/null",
        "end",
        "complete -c clawtui -f",
    ]
    lines += [_fish_flag(word, "") for word in shared]
    for verb in verbs:
        seen = f"__fish_seen_subcommand_from {verb.name}"
        lines.append(f"complete -c clawtui -n __fish_use_subcommand -a {verb.name} -d '{_plain(verb.summary)}'")
        lines += [_fish_flag(word, seen) for word in verb.flags]
        lines += [
            f"complete -c clawtui -n '{seen}' -a '{_fish_offer(word)}'" for word in verb.positional if _fish_offer(word)
        ]
    return "\n".join(lines)


def _fish_flag(word: Word, seen: str) -> str:
    where = f" -n '{seen}'" if seen else ""
    offer = _fish_offer(word)
    value = (f" -r -a '{offer}'" if offer else " -r") if word.takes else ""
    return f"complete -c clawtui{where} -l {word.spelled[-1].lstrip('-')}{value} -d '{_plain(word.words)}'"


def _fish_offer(word: Word) -> str:
    if word.choices:
        return " ".join(word.choices)
    return {"files": "(__fish_complete_path)", "": ""}.get(word.offers, f"(__clawtui_ask {word.offers})")


def _places(verb: Spoken) -> list[tuple[int, Word]]:
    """Positional words by place; one that may stand many times has eight places."""
    found: list[tuple[int, Word]] = []
    for word in verb.positional:
        found += [(len(found) + more, word) for more in range(8 if word.many else 1)]
    return found


def _flags(words: Words) -> str:
    return " ".join(word.spelled[-1] for word in words)


def _plain(text: str) -> str:
    """Help without what quotes, brackets and colons mean to a shell."""
    return text.translate(str.maketrans("':[]\\", "’,()/")).replace("%%", "%")
