# clawtui-helper 1: all that clawtui does to install, start and remove the agent of this host, one verb a call.
# Placed by an administrator as /usr/local/sbin/clawtui-helper it is the whole allowance that clawtui needs in sudoers:
# no verb takes an argument; what varies comes as NAME=VALUE lines on standard input and is checked by `take`;
# root runs nothing that was uploaded: it is unpacked, tried and started as the user clawtui-agent.
set -eu
LC_ALL=C; export LC_ALL
umask 022; cd /
name=clawtui-agent unit=clawtui-agent.service
unit_file=/etc/systemd/system/$unit compose_file=/etc/systemd/system/$name-compose.service user_unit_file=${HOME:-/}/.config/systemd/user/$unit
most=1000000 unpacked_most=33554432 # bytes of an upload, and of what is in it

tools='did() { printf "did %s\n" "$1"; }
put() { # $1 → $2 with mode $3; what was there stays beside it as .previous
  rm -f "$2.previous"
  if cmp -s "$1" "$2"; then return; fi
  if [ -e "$2" ]; then cp -p "$2" "$2.previous"; fi
  cp "$1" "$2.part"; chmod "$3" "$2.part"; mv -f "$2.part" "$2"; did "wrote $2"
}
back() { if [ -e "$1.previous" ]; then mv -f "$1.previous" "$1"; fi; }'
eval "$tools" # a text, because the agent's own shell needs them too
say() { printf '%s=%s\n' "$1" "$2"; }
die() { printf '%s\n' "$1" >&2; exit 1; }
fits() { printf '%s\n' "$1" | grep -qxE "$2" || die "this helper takes no such value: $1"; }
take() {
  folder='' sha256='' python='' keep='' compose=''
  while IFS= read -r line && [ -n "$line" ]; do
    value=${line#*=}
    case "$line" in
      folder=*) fits "$value" '[0-9a-f]{16}-psutil[0-9.]+'; folder=$value ;;
      keep=*) fits "$value" '[0-9a-f]{16}-psutil[0-9.]+'; keep="$keep $value" ;;
      sha256=*) fits "$value" '[0-9a-f]{64}'; sha256=$value ;;
      python=*) fits "$value" '/[A-Za-z0-9_./+-]+'; python=$value ;;
      compose=*) fits "$value" 'yes'; compose=$value ;;
      *) die "this helper knows no ${line%%=*}" ;;
    esac
  done
}
sum() { sha256sum "$1" 2>/dev/null | cut -c1-64; }
systemd() { [ "$root" = 1 ] && [ -d /run/systemd/system ]; }

# Everything below $state belongs to the agent, who may have put links there: root touches it with the agent's rights only.
drop=
if [ "$root" = 1 ]; then
  command -v setpriv >/dev/null || die "no setpriv there to leave root with; install util-linux"
  drop="setpriv --reuid=$name --regid=$name --init-groups --no-new-privs --"
fi
as_agent() { $drop "$@"; }

account() { # static user and group, and their folder
  if [ "$root" = 0 ]; then home; return; fi
  login=${SUDO_USER:-${DOAS_USER:-root}}
  if ! getent group "$name" >/dev/null; then
    if command -v groupadd >/dev/null; then groupadd --system "$name"; else addgroup -S "$name"; fi
    did "made the group $name"
  fi
  if ! getent passwd "$name" >/dev/null; then
    if command -v useradd >/dev/null; then
      useradd --system --gid "$name" --home-dir "$state" --no-create-home --shell /usr/sbin/nologin "$name"
    else adduser -S -D -H -h "$state" -s /sbin/nologin -G "$name" "$name"; fi
    did "made the user $name"
  fi
  if [ "$login" != root ] && ! id -nG "$login" | tr ' ' '\n' | grep -qx "$name"; then
    if command -v usermod >/dev/null; then usermod -aG "$name" "$login"; else addgroup "$login" "$name"; fi
    did "added $login to the group $name"
  fi
  [ -d "$state" ] || did "made $state"
  mkdir -p "$state"; chown "$name:$name" "$state"; chmod 0750 "$state"
}
home() { # the same without root: folders that nobody else can enter
  umask 077
  for d in "$state" "$code"; do
    case $d in /var/tmp/*) mkdir -p -m 0700 "${d%/*}"; own "${d%/*}" ;; esac
  done
  [ -d "$state" ] || did "made $state"
  mkdir -p "$state"; mkdir -p -m 0700 "$runtime"; own "$runtime"
}
own() { if [ -O "$1" ] && [ ! -L "$1" ]; then chmod 0700 "$1"; else die "$1 belongs to somebody else; have it removed"; fi; }

look() {
  say current "$(readlink "$code/current" 2>/dev/null)"
  for d in "$code"/*/; do d="${d%/}"; if [ -d "$d" ] && [ ! -L "$d" ]; then say installed "${d##*/}"; fi; done
  say config "$(sum "$state/config.json")"; say launcher "$(sum "$code/current/$name")"; say supervise "$(sum "$code/supervise")"
  if ! systemd; then say user_unit "$(sum "$user_unit_file")"
  elif unit_text | cmp -s - "$unit_file"; then say unit same; else say unit other; fi
  if systemd; then say active "$(systemctl is-active "$unit" 2>/dev/null)"
  elif user_systemctl is-active --quiet "$unit" 2>/dev/null; then say active active
  elif [ -n "$(supervisor)" ]; then say active active; fi
}

unpack() { # archive after the values: a folder that is whole or not there
  take; account
  mkdir -p "$code"; rm -rf "$code"/.part.*; part="$code/.part.$$"; mkdir -m 0711 "$part"; trap 'rm -rf "$part"' EXIT
  head -c $((most + 1)) >"$part/archive"; chmod 0644 "$part/archive"
  [ "$(sum "$part/archive")" = "$sha256" ] || die "the upload arrived damaged or was cut off: $(wc -c <"$part/archive") bytes"
  mkdir -m 0700 "$part/tried" "$part/whole"; if [ "$root" = 1 ]; then chown "$name:$name" "$part/tried"; fi
  as_agent sh -euc '
    cd "$1/tried"; gzip -dc <../archive | head -c "$3" | tar -xf -
    "$2" -I -S -m compileall -q . || { echo "Python could not compile the agent" >&2; exit 1; }
    sh ./clawtui-agent --version >/dev/null
    "$2" -I -S -c "import sys; sys.path[0:0] = sys.argv[1:]; import psutil" "$PWD"
    tar -cf - .' try "$part" "$python" "$unpacked_most" | head -c "$unpacked_most" >"$part/tree.tar"
  tar -tvf "$part/tree.tar" >"$part/list" && grep -q ' \./clawtui-agent$' "$part/list" || die "what was uploaded does not run here"
  if grep -q '^[^d-]' "$part/list"; then die "the upload holds something that is neither a file nor a folder"; fi
  tar -xof "$part/tree.tar" -C "$part/whole"; chmod -R a-st,u=rwX,go=rX "$part/whole"
  rm -rf "${code:?}/$folder.old"
  if [ -e "$code/$folder" ]; then mv "$code/$folder" "$code/$folder.old"; fi
  mv "$part/whole" "$code/$folder"; rm -rf "$code/$folder.old"
}

switch() {
  take; account
  new="$code/$folder"; [ -n "$folder" ] && [ -d "$new" ] || die "there is no $new to switch to"
  as_agent sh -euc "$tools"'; put "$1" "$2" 0640' put "$new/stage/config.json" "$state/config.json"
  put "$new/stage/supervise" "$code/supervise" 0755
  as_agent sh -euc 'rm -f "$1.previous"; if [ -e "$1" ]; then cp -p "$1" "$1.previous"; fi' list "$state/rings.json"
  if [ "$(readlink "$code/current" || true)" != "$folder" ]; then current "$folder"; did "switched $code/current to $folder"; fi
  if systemd; then composed; fi
  start
}
restore() { # the version before, with its configuration, unit and list of rings
  take; [ -d "$code/$folder" ] || die "there is no $code/$folder to go back to"
  halt; current "$folder"
  as_agent sh -euc "$tools"'; back "$1"; back "$2"' back "$state/config.json" "$state/rings.json"; back "$code/supervise"
  if systemd; then back "$unit_file"; fi
  start
}
prune() { # versions that are neither current nor kept
  take
  as_agent rm -f "$state/config.json.previous" "$state/rings.json.previous"
  rm -f "$code/supervise.previous" "$unit_file.previous" "$compose_file.previous" "$code/compose.py.previous"
  for d in "$code"/*-psutil*; do
    [ -d "$d" ] || continue
    case " $keep $(readlink "$code/current") " in *" ${d##*/} "*) ;; *) rm -rf "$d"; did "removed the old version ${d##*/}" ;; esac
  done
}
current() { ln -sfn "$1" "$code/current.part"; mv -Tf "$code/current.part" "$code/current"; }

composed() { # who asks docker for compose projects: root, by a program of this helper, only where a service names one
  if [ "$compose" = yes ]; then
    compose_text >"$code/compose.new"; put "$code/compose.new" "$code/compose.py" 0644
    compose_unit_text >"$code/compose.new"; put "$code/compose.new" "$compose_file" 0644; rm -f "$code/compose.new"
    systemctl daemon-reload; systemctl enable --quiet "${compose_file##*/}" 2>/dev/null
    systemctl restart --no-block "${compose_file##*/}"; did "restarted ${compose_file##*/}"
  elif [ -e "$compose_file" ]; then uncomposed; fi
}
uncomposed() {
  systemctl disable --quiet --now "${compose_file##*/}" 2>/dev/null || true
  rm -f "$compose_file" "$compose_file.previous" "$code/compose.py" "$code/compose.py.previous"
  did "stopped and removed ${compose_file##*/}"
}

start() {
  if systemd; then
    unit_text >"$code/$unit"; put "$code/$unit" "$unit_file" 0644; rm -f "$code/$unit"
    systemctl daemon-reload; systemctl enable --quiet "$unit" 2>/dev/null
    systemctl restart --no-block "$unit"; did "restarted $unit"
  elif [ "$root" = 0 ] && manager; then
    stop_plain; mkdir -p "${user_unit_file%/*}"; put "$code/current/stage/$unit" "$user_unit_file" 0644
    user_systemctl daemon-reload; user_systemctl enable --quiet "$unit" 2>/dev/null
    user_systemctl restart --no-block "$unit"; did "restarted $unit of your own systemd; with linger it starts at boot and outlives your sessions"
  else stop_plain; start_plain; fi
}
halt() { # it must not write while its list of rings is put back
  if systemd; then systemctl stop "$unit" 2>/dev/null || true; return; fi
  if [ "$root" = 0 ] && [ -e "$user_unit_file" ]; then user_systemctl stop "$unit" 2>/dev/null || true; fi
  stop_plain
}
manager() { # may this user's systemd keep it running without a login?
  [ -d /run/systemd/system ] && command -v loginctl >/dev/null || return 1
  if [ ! -e "/var/lib/systemd/linger/$(id -un)" ]; then
    loginctl --no-ask-password enable-linger 2>/dev/null && [ -e "/var/lib/systemd/linger/$(id -un)" ] || return 1
    : >"$state/linger"; did "switched linger on for $(id -un)"
  fi
  n=0; until user_systemctl show-environment >/dev/null 2>&1; do [ $n -lt 50 ] || return 1; sleep 0.1; n=$((n + 1)); done
}
user_systemctl() { if [ "$root" = 1 ]; then return 1; fi; XDG_RUNTIME_DIR="/run/user/$(id -u)" systemctl --user "$@"; }
start_plain() { # a session of its own, nothing open towards the connection that started it
  if [ "$root" = 1 ]; then mkdir -p "$runtime"; chown "$name:$name" "$runtime"; chmod 0750 "$runtime"; fi
  (exec </dev/null >/dev/null 2>&1; exec $drop setsid sh "$code/supervise") &
  did "started it under a supervising shell; it does not start by itself after a reboot"
  if [ "$root" = 0 ] && [ "$(loginctl show-session -p KillUserProcesses --value 2>/dev/null)" = yes ]; then
    did "this host ends a user's processes at logout: it stops with your last session"
  fi
}
supervisor() { # its pid; the file is the agent's, so it is believed only as far as /proc bears it out
  pid="$(as_agent cat "$state/supervise.pid" 2>/dev/null || true)"
  case "$pid" in '' | *[!0-9]*) return ;; esac
  if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$code/supervise"; then echo "$pid"; fi
}
stop_plain() { # the supervisor passes the signal on
  pid="$(supervisor)"
  [ -n "$pid" ] || return 0
  as_agent kill "$pid" 2>/dev/null || true
  n=0; while [ -d "/proc/$pid" ] && [ $n -lt 60 ]; do sleep 0.1; n=$((n + 1)); done
  as_agent kill -9 "$pid" 2>/dev/null || true
}

last_words() { # why it did not start, in its own words
  if systemd; then journalctl -u "$unit" -n 12 --no-pager -o cat 2>/dev/null; exit 0; fi
  if [ -e "$user_unit_file" ]; then journalctl --user -u "$unit" -n 12 --no-pager -o cat 2>/dev/null; fi
  as_agent tail -n 12 "$state/agent.log" 2>/dev/null; exit 0
}
# under a ForceCommand the variable is inherited, and the proxy would take itself for the command of a restricted key
talk() { unset SSH_ORIGINAL_COMMAND; as_agent "$code/current/$name" proxy --socket "$runtime/agent.sock"; }

gone() { if [ -e "$1" ] || [ -L "$1" ]; then rm -rf "$1"; did "removed $1"; fi; }
remove() { # everything, rings too
  if [ "$root" = 1 ] && [ -e "$compose_file" ]; then uncomposed; fi
  if [ "$root" = 1 ] && [ -e "$unit_file" ]; then
    systemctl disable --quiet --now "$unit" 2>/dev/null || true
    rm -rf "$unit_file" "$unit_file.previous" "$unit_file.d"
    systemctl daemon-reload 2>/dev/null || true; systemctl reset-failed "$unit" 2>/dev/null || true
    did "stopped and removed $unit"
  fi
  if [ "$root" = 0 ] && [ -e "$user_unit_file" ]; then
    user_systemctl disable --quiet --now "$unit" 2>/dev/null || true
    rm -f "$user_unit_file" "$user_unit_file.previous"; user_systemctl daemon-reload 2>/dev/null || true
    did "stopped and removed $unit of your own systemd"
  fi
  if [ "$root" = 1 ] && ! getent passwd "$name" >/dev/null; then :; else stop_plain; fi
  if [ "$root" = 0 ] && [ -e "$state/linger" ]; then
    loginctl --no-ask-password disable-linger 2>/dev/null && did "switched linger off again"
  fi
  gone "$runtime"; gone "$state"; gone "$code"
  rmdir "${code%/*}" 2>/dev/null || true
  if [ "$root" = 0 ]; then rmdir "${state%/*}" 2>/dev/null || true; return; fi
  if getent passwd "$name" >/dev/null; then userdel "$name" 2>/dev/null || deluser "$name"; did "removed the user $name"; fi
  if getent group "$name" >/dev/null; then groupdel "$name" 2>/dev/null || delgroup "$name"; did "removed the group $name"; fi
}

case "${1:-}" in
  version) echo 1 ;;
  look | unpack | switch | restore | prune | last_words | talk | remove) "$1" ;;
  *) echo "clawtui-helper: one of version look unpack switch restore prune last_words talk remove" >&2; exit 64 ;;
esac
