put "$new/stage/$unit" "$unit_file" 0644
systemctl daemon-reload; systemctl enable --quiet "$unit" 2>/dev/null
systemctl restart --no-block "$unit"; did "restarted $unit"
