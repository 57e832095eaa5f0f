"""`clawtui completion bash|zsh|fish`: a script to source, made from the table of verbs."""

import argparse

from clawtui.cli import VERBS
from clawtui.cli.call import Call

FLAGS = ("--context", "--fleet", "--json", "--debug", "--help")
ON_HOSTS = ("run", "trust", "doctor", "shell", "hosts")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(call: Call) -> int:
    """Print the script; hosts are asked of `clawtui hosts --json` when tab is pressed."""
    script = {"bash": _bash, "zsh": _zsh, "fish": _fish}[call.options.shell]
    call.out.line_raw(script())
    return 0


def _names() -> str:
    """A shell command that lists host names, quietly."""
    return r"""clawtui hosts --json 2>/dev/null | tr '{' '\n' | sed -n 's/.*"name": *"\([^"]*\)", *"address.*/\1/p'"""


def _bash() -> str:
    return f"""# clawtui: eval "$(clawtui completion bash)"
_clawtui() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" verb="${{COMP_WORDS[1]}}"
  case "$COMP_CWORD:$verb" in
    1:*) COMPREPLY=($(compgen -W "{" ".join(VERBS)} {" ".join(FLAGS)}" -- "$word")) ;;
    2:agent) COMPREPLY=($(compgen -W "install upgrade status remove" -- "$word")) ;;
    2:completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")) ;;
    2:{"|2:".join(ON_HOSTS)}|3:agent) COMPREPLY=($(compgen -W "$({_names()})" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "{" ".join(FLAGS)}" -- "$word")) ;;
  esac
}}
complete -o default -F _clawtui clawtui"""


def _zsh() -> str:
    verbs = " ".join(f"'{name}:{words.replace(':', ',')}'" for name, words in VERBS.items())
    return f"""#compdef clawtui
# clawtui: eval "$(clawtui completion zsh)"
_clawtui() {{
  local -a verbs=({verbs})
  case "$CURRENT:$words[2]" in
    2:*) _describe verb verbs ;;
    3:agent) compadd install upgrade status remove ;;
    3:completion) compadd bash zsh fish ;;
    3:{"|3:".join(ON_HOSTS)}|4:agent) compadd -- ${{(f)"$({_names()})"}} ;;
    *) compadd -- {" ".join(FLAGS)} ;;
  esac
}}
compdef _clawtui clawtui"""


def _fish() -> str:
    lines = ["# clawtui: clawtui completion fish | source", f"function __clawtui_hosts; {_names()}; end"]
    lines.append("complete -c clawtui -f")
    for name, words in VERBS.items():
        lines.append(f"complete -c clawtui -n __fish_use_subcommand -a {name} -d '{words}'".replace("one's", "one\\'s"))
    on_hosts = " ".join(ON_HOSTS)
    lines += [
        "complete -c clawtui -n '__fish_seen_subcommand_from agent' -a 'install upgrade status remove'",
        "complete -c clawtui -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'",
        f"complete -c clawtui -n '__fish_seen_subcommand_from {on_hosts}' -a '(__clawtui_hosts)'",
        *(f"complete -c clawtui -l {flag[2:]}" for flag in FLAGS),
    ]
    return "\n".join(lines)
