# Why it did not start, in its own words. In: $systemd $state.
if [ "$systemd" = 1 ]; then journalctl -u "$unit" -n 12 --no-pager -o cat 2>/dev/null; else tail -n 12 "$state/agent.log" 2>/dev/null; fi
exit 0
