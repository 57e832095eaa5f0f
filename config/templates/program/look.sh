# What a host says before clawtui is installed there; changes nothing. In: $code $link.
LC_ALL=C; export LC_ALL
say() { printf '%s=%s\n' "$1" "$2"; }
say machine "$(uname -m)"
say libc "$(getconf GNU_LIBC_VERSION 2>/dev/null || { ls /lib/ld-musl-* >/dev/null 2>&1 && echo musl; } || echo unknown)"
for p in /usr/bin/python3 /usr/local/bin/python3 /usr/bin/python3.[0-9]* /usr/local/bin/python3.[0-9]* /opt/*/bin/python3; do
  case "$p" in *config) continue ;; esac
  [ -x "$p" ] && v=$("$p" -I -S -c 'import sys; print("%d.%d %s" % (sys.version_info[:2] + (sys.executable,)))' 2>/dev/null) &&
    say python "$v"
done
say current "$(readlink "$code/current" 2>/dev/null)"
if [ -L "$link" ]; then say link "$(readlink "$link")"; elif [ -e "$link" ]; then say link foreign; fi
d="$code"; while [ ! -d "$d" ]; do d="$(dirname "$d")"; done
say free "$(df -Pk "$d" | awk 'END { printf "%.0f", $4 * 1024 }')"
say home "$HOME"
