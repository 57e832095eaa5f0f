# End a supervised agent: the supervisor passes the signal on. In: $code $state.
pid="$(cat "$state/supervise.pid" 2>/dev/null || true)"
if [ -n "$pid" ] && tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -qF "$code/supervise"; then
  kill "$pid" 2>/dev/null || true
  n=0; while [ -d "/proc/$pid" ] && [ $n -lt 60 ]; do sleep 0.1; n=$((n+1)); done
  kill -9 "$pid" 2>/dev/null || true
fi
