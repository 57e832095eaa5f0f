# Everything, rings too; says what there was. In: $root $code $state $runtime $above $name.
if [ "$root" = 1 ] && [ -e "$unit_file" ]; then
  systemctl disable --quiet --now "$unit" 2>/dev/null || true
  rm -rf "$unit_file" "$unit_file.previous" "$unit_file.d"
  systemctl daemon-reload 2>/dev/null || true; systemctl reset-failed "$unit" 2>/dev/null || true
  did "stopped and removed $unit"
fi
