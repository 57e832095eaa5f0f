"""The shell lines of a copy: built here, run elsewhere. Every path is one quoted word that cannot be taken for a flag."""

from shlex import quote

# by whichever is there: coreutils, busybox, macOS, the BSDs. From standard input: a name with a newline would change what is said
_SUM = (
    'sum() { { sha256sum 2>/dev/null || shasum -a 256 2>/dev/null || openssl dgst -sha256 -r; } < "$1" | cut -c1-64; }'
)
SHORT = 9
WRONG = 8


def plain(path: str) -> str:
    """A path as the far side knows it: ~/ is the login's home, a leading dash is no flag."""
    bare = path.removeprefix("~/") if path != "~" else "."
    return bare if bare.startswith("/") else f"./{bare}"


def word(path: str) -> str:
    """The same as one word of a shell line."""
    return quote(plain(path))


def look(path: str) -> str:
    """Is it a folder, and how many bytes are free where it lies or will lie? Lines: kind, free bytes."""
    return _sh(
        f"p={word(path)}\n"
        'if [ -d "$p" ]; then echo folder; elif [ -e "$p" ]; then echo file; else echo absent; fi\n'
        'while [ ! -d "$p" ]; do p=$(dirname "$p"); done\n'
        'df -Pk "$p" | awk \'END { printf "%.0f\\n", $4 * 1024 }\''
    )


def have(path: str, partial: str) -> str:
    """Size and SHA-256 of what stands at the path (only where the size may fit), and the size of a copy begun before."""
    return _sh(
        f"{_SUM}\np={word(path)} q={word(partial)}\n"
        'if [ -f "$p" ] && [ ! -L "$p" ]; then wc -c < "$p"; sum "$p"; else echo -1; echo -; fi\n'
        'if [ -f "$q" ]; then wc -c < "$q"; else echo 0; fi'
    )


def append(partial: str, offset: int) -> str:
    """Standard input onto a copy that has exactly `offset` bytes; exit status SHORT where it has not."""
    q = word(partial)
    start = f"umask 077; : > {q}" if offset == 0 else f'[ "$(wc -c < {q})" -eq {offset} ] || exit {SHORT}'
    return _sh(f"{start}\nexec cat >> {q}")


def finish(partial: str, path: str, mode: int, sha256: str) -> str:
    """Sync, compare, chmod, rename; exit status WRONG, and the copy gone, where the digest is another."""
    return _sh(
        f"{_SUM}\nq={word(partial)} p={word(path)}\n"
        f'[ "$(sum "$q")" = {sha256} ] || {{ rm -f "$q"; exit {WRONG}; }}\n'
        f'chmod {mode:o} "$q" && {{ sync "$q" 2>/dev/null || sync; }} && mv -f "$q" "$p"'
    )


def folder(path: str, mode: int) -> str:
    """A folder, with those above it; one that is there keeps its mode."""
    return _sh(f"p={word(path)}\n" + f'[ -d "$p" ] || {{ mkdir -p "$p" && chmod {mode:o} "$p"; }}')


def link(path: str, leads: str, partial: str) -> str:
    """A symbolic link, put in place by renaming."""
    p, q = word(path), word(partial)
    return _sh(
        f'[ "$(readlink {p} 2>/dev/null)" = {quote(leads)} ] || {{ ln -s {quote(leads)} {q} && mv -f {q} {p}; }}'
    )


def drop(partial: str) -> str:
    """Take half a copy away."""
    return _sh(f"rm -f {word(partial)}")


def listing(path: str) -> str:
    """Everything below a path, NUL between fields: kind, mode, size, SHA-256, path."""
    one = (
        f"{_SUM}\n"
        'for f; do m=$(stat -c %a -- "$f" 2>/dev/null || stat -f %Lp "$f")\n'
        'if [ -L "$f" ]; then k=link s=0 d=-; elif [ -d "$f" ]; then k=folder s=0 d=-\n'
        'elif [ -f "$f" ]; then k=file s=$(wc -c < "$f") d=$(sum "$f") || exit 1; [ -n "$d" ] || exit 1\n'
        "else k=other s=0 d=-; fi\n"
        'printf "%s\\0%s\\0%s\\0%s\\0%s\\0" "$k" "$m" "$((s))" "$d" "$f"; done'
    )
    return _sh(f"find {word(path)} -exec sh -c {quote(one)} sh {{}} +")


def piece(path: str, offset: int, size: int) -> str:
    """Bytes of a file."""
    return _sh(f"tail -c +{offset + 1} {word(path)} | head -c {size}")


def _sh(text: str) -> str:
    """By sh whatever the login shell is, and with words that do not change with its language."""
    return f"env LC_ALL=C sh -c {quote(text)}"
