# One question to a host, with the login's own rights; changes nothing.
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
# where it could live: may we write there, how much room is there, how is it mounted, is something there already
place() {
  d=$3; while [ ! -d "$d" ]; do d="$(dirname "$d")"; done
  w=no; [ -w "$d" ] && w=yes
  line="$(df -Pk "$d" | tail -n 1)"; m="${line##*% }"
  free="$(printf '%s\n' "$line" | sed -n 's/^.* \([0-9][0-9]*\)  *[0-9-]*% .*$/\1/p')"
  how="$(while read -r _ at _ how _; do [ "$at" = "$m" ] && echo "$how"; done < /proc/mounts | tail -n 1)"
  say place "$1 $2 $w ${free:-0} ${how:-?} $(readlink "$3/current" 2>/dev/null)"
}
spare="/var/tmp/clawtui-agent-$(id -u)"
place system code /opt/clawtui/agent; place system state /var/lib/clawtui-agent
place home code "$HOME/.local/share/clawtui-agent/$id"; place home state "$HOME/.local/state/clawtui-agent/$id"
place spare code "$spare/$id"; place spare state "$spare/$id-state"
# how long an agent without root is kept running
[ -e "$HOME/.config/systemd/user/clawtui-agent.service" ] && [ -e "/var/lib/systemd/linger/$(id -un)" ] && say keeps linger
[ "$(loginctl show-session -p KillUserProcesses --value 2>/dev/null)" = yes ] && say keeps session
exit 0
