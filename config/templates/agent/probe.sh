# One question to a host; changes nothing. In: $become.
LC_ALL=C; export LC_ALL
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; export PATH
say() { printf '%s=%s\n' "$1" "$2"; }
say system "$(uname -s)"; say machine "$(uname -m)"; say uid "$(id -u)"; say user "$(id -un)"; say groups "$(id -nG)"
say home "$HOME"; say host "$(uname -n)"
id="$(cat /etc/machine-id /var/lib/dbus/machine-id 2>/dev/null | head -n 1)"; say machine_id "$id"
[ -n "$id" ] || id="$(uname -n)"
say libc "$(getconf GNU_LIBC_VERSION 2>/dev/null || { ls /lib/ld-musl-* >/dev/null 2>&1 && echo musl; } || echo unknown)"
[ -d /run/systemd/system ] && say systemd 1
for p in /usr/bin/python3 /usr/local/bin/python3 /usr/bin/python3.[0-9]* /usr/local/bin/python3.[0-9]* /opt/*/bin/python3 \
  "$(command -v python3)"
do
  case "$p" in *config) continue ;; esac
  [ -x "$p" ] || continue
  v=$("$p" -I -S -c 'import sys; print("%d.%d %s" % (sys.version_info[:2] + (sys.executable,)))' 2>/dev/null) && say python "$v"
done
S=; root=0
if [ "$(id -u)" = 0 ]; then root=1
elif [ "$become" = sudo ] && sudo -n true 2>/dev/null; then S='sudo -n'; root=1; fi
say root $root
if [ $root = 1 ]; then code=/opt/clawtui/agent state=/var/lib/clawtui-agent
else code="$HOME/.local/share/clawtui-agent/$id" state="$HOME/.local/state/clawtui-agent/$id"; fi
$S sh -c '
say() { printf "%s=%s\n" "$1" "$2"; }
sum() { sha256sum "$1" 2>/dev/null | cut -c1-64; }
say current "$(readlink "$1/current" 2>/dev/null)"
for d in "$1"/*/; do d="${d%/}"; if [ -d "$d" ] && [ ! -L "$d" ]; then say installed "${d##*/}"; fi; done
say config "$(sum "$2/config.json")"; say unit "$(sum /etc/systemd/system/clawtui-agent.service)"
say launcher "$(sum "$1/current/clawtui-agent")"; say supervise "$(sum "$1/supervise")"
for pair in "code $1" "state $2"; do
  d="${pair#* }"; while [ ! -d "$d" ]; do d="$(dirname "$d")"; done
  line="$(df -Pk "$d" | tail -n 1)"; say "space_${pair%% *}" "$line"; m="${line##*% }"
  say "mount_${pair%% *}" "$(while read -r _ at _ how _; do [ "$at" = "$m" ] && echo "$how"; done < /proc/mounts | tail -n 1)"
done
[ -d /run/systemd/system ] && say active "$(systemctl is-active clawtui-agent.service 2>/dev/null)"
p="$(cat "$2/supervise.pid" 2>/dev/null)"; if [ -n "$p" ] && [ -d "/proc/$p" ]; then say active active; fi
exit 0' probe "$code" "$state"
exit 0
