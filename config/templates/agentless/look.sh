# What there is on a host for whoever may log in; changes nothing. In: $system (a socket), $deep (1: Pythons are tried, too).
LC_ALL=C; export LC_ALL
say() { printf '%s %s\n' "$1" "$2"; }
say uid "$(id -u)"; say os "$(uname -s)"
[ -S "$system" ] && say system "$system"
# a socket counts only in a folder of the login user's own: /tmp is everybody's; and while somebody listens on it
for d in "${XDG_RUNTIME_DIR:-/nonexistent}/clawtui-agent" "/tmp/clawtui-agent-$(id -u)"; do
  [ -S "$d/agent.sock" ] && [ -O "$d" ] || continue
  [ -r /proc/net/unix ] && ! grep -qF " $d/agent.sock" /proc/net/unix || say user "$d/agent.sock"
done
for d in /opt/clawtui/agent "$HOME"/.local/share/clawtui-agent/* "/var/tmp/clawtui-agent-$(id -u)"/*; do
  [ -e "$d/current" ] && { [ "$d" = /opt/clawtui/agent ] || [ -O "$d" ]; } && say installed "$d"
done
grep -qs ':238C 0*:0000 0A' /proc/net/tcp /proc/net/tcp6 && say page 9100
if [ -d /run/systemd/system ]; then say init systemd; else say init none; fi
for f in /run/.containerenv /.dockerenv /run/systemd/container /dev/lxd; do [ -e $f ] && { say container 1; break; }; done
m="$(df -Pk "$HOME" 2>/dev/null | tail -n 1)"; m="${m##*% }"
case ",$(while read -r _ at _ how _; do [ "$at" = "$m" ] && echo "$how"; done </proc/mounts | tail -n 1)," in
  *,noexec,*) say noexec "$HOME" ;;
esac
python=
for p in /usr/bin/python3 /usr/local/bin/python3 /usr/bin/python3.[0-9]* /usr/local/bin/python3.[0-9]* /opt/*/bin/python3 \
  "$(command -v python3)"
do
  case "$p" in *config) continue ;; esac
  [ -x "$p" ] || continue
  python=1; [ "$deep" = 1 ] || break
  v=$("$p" -I -S -c 'import sys; print("%d.%d %s" % (sys.version_info[:2] + (sys.executable,)))' 2>/dev/null) && say python "$v"
done
[ -n "$python" ] || say pythonless 1
if [ "$deep" = 1 ]; then
  say machine "$(uname -m)"
  say libc "$(getconf GNU_LIBC_VERSION 2>/dev/null || { ls /lib/ld-musl-* >/dev/null 2>&1 && echo musl; } || echo unknown)"
fi
exit 0
