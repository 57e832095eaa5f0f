# A session of its own, nothing open towards the connection that started it. In: $owner $code $state $runtime.
as=
if [ -n "$owner" ]; then
  mkdir -p "$runtime"; chown "$owner:$owner" "$runtime"; chmod 0750 "$runtime"
  touch "$state/agent.log"; chown "$owner:$owner" "$state/agent.log"
  if command -v setpriv >/dev/null; then as="setpriv --reuid=$owner --regid=$owner --init-groups --no-new-privs"; fi
  [ -n "$as" ] || { echo "no setpriv there to leave root with; install util-linux" >&2; exit 1; }
fi
setsid $as sh "$code/supervise" </dev/null >/dev/null 2>&1 &
did "started it under a supervising shell; it does not start by itself after a reboot (no systemd here, or no root)"
