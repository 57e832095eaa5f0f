#!/bin/sh
# Keeps the agent running where there is no systemd; written by `clawtui agent install`. One at a time, by flock.
code=@CODE@ state=@STATE@
exec 9>"$state/supervise.lock"
flock -n 9 || exit 0
echo $$ >"$state/supervise.pid"
child=
trap '[ -n "$child" ] && kill "$child" 2>/dev/null && wait "$child"; rm -f "$state/supervise.pid"; exit 0' TERM INT HUP
while :; do
  tail -c 65536 "$state/agent.log" >"$state/agent.log.part" 2>/dev/null
  cat "$state/agent.log.part" >"$state/agent.log"; rm -f "$state/agent.log.part"
  "$code/current/clawtui-agent" run --config "$state/config.json" </dev/null >>"$state/agent.log" 2>&1 9>&- &
  child=$!
  wait "$child"
  echo "ended with status $?, starting again in 2 s" >>"$state/agent.log"
  sleep 2 9>&- &
  child=$!
  wait "$child"
done
