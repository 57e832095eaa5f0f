# The agent for the life of a connection: an archive on standard input into a folder of its own, gone when nobody reads any more.
# In: $python $size $sha256. Says `ready`, or `failed` and why.
LC_ALL=C; export LC_ALL
umask 077
fail() { printf 'failed %s\n' "$1"; exit 1; }
dir=
trap '[ -z "$dir" ] || rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM PIPE
space="$(readlink /proc/self/ns/pid)"
tried=
for place in /tmp /var/tmp "${XDG_RUNTIME_DIR:-/tmp}" /dev/shm "$HOME"; do
  # what a killed shell left; another container's process numbers mean nothing here
  for old in "$place"/clawtui-temporary.*; do
    [ -O "$old" ] && [ ! -L "$old" ] || continue # somebody else's could be a trap: a pipe that never ends
    read -r pid there 2>/dev/null <"$old/pid" || continue
    [ "$there" = "$space" ] && [ ! -d "/proc/$pid" ] || continue
    name="${old##*.}" # with brackets, or grep would find itself
    grep -qs "clawtui-temporary.[${name%"${name#?}"}]${name#?}" /proc/[0-9]*/cmdline || rm -rf "$old"
  done
  [ -z "$dir" ] || continue
  dir="$(mktemp -d "$place/clawtui-temporary.XXXXXX" 2>/dev/null)" || { dir=; tried="$tried $place (not writable)"; continue; }
  if ! { echo "$$ $space" >"$dir/pid"; } 2>/dev/null; then why=full
  else
    printf '#!/bin/sh\nexit 0\n' >"$dir/try"; chmod 700 "$dir/try"
    free="$(df -Pk "$dir" | sed -n 's/.* \([0-9][0-9]*\)  *[0-9]*% .*/\1/p')"
    if ! "$dir/try" 2>/dev/null; then why=noexec; elif [ "${free:-0}" -lt 8192 ]; then why=full; else continue; fi
  fi
  rm -rf "$dir"; dir=; tried="$tried $place ($why)"
done
[ -n "$dir" ] || fail "no folder there that may hold and run it:$tried"
{ head -c $((size + 1)) | head -c "$size" >"$dir/archive"; } 2>/dev/null
[ "$(sha256sum <"$dir/archive" | cut -c1-64)" = "$sha256" ] || fail "the upload arrived damaged or was cut off"
tar -xzf "$dir/archive" -C "$dir" 2>"$dir/words" || fail "it cannot be unpacked: $(tail -n 1 "$dir/words")"
"$python" -I -S -c 'import sys; sys.path[0:0] = sys.argv[1:]; import psutil, clawtui_agent.verbs' "$dir" 2>"$dir/words" ||
  fail "it cannot be started: $(tail -n 1 "$dir/words")"
rm -f "$dir/archive" "$dir/try"
echo ready
"$python" -I -S "$dir/clawtui_agent/launch.py" follow --config "$dir/config.json"
status=$?
exit $status
