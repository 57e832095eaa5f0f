# The version before, with its configuration and unit. In: $code $state $old.
back() { if [ -e "$1.previous" ]; then mv -f "$1.previous" "$1"; fi; }
ln -sfn "$old" "$code/current.part"; mv -Tf "$code/current.part" "$code/current"
back "$state/config.json"; back "$code/supervise"
if [ "$systemd" = 1 ]; then
  back "$unit_file"; systemctl daemon-reload; systemctl restart --no-block "$unit"
fi
