# Takes clawtui itself away, what it wrote for its users stays theirs. In: $code $link.
did() { printf 'did %s\n' "$*"; }
case "$(readlink "$link" 2>/dev/null)" in "$code"/*) rm -f "$link"; did "removed $link" ;; esac
if [ -d "$code" ]; then rm -rf "$code" && did "removed $code"; fi
rmdir "$(dirname "$code")" 2>/dev/null || :
