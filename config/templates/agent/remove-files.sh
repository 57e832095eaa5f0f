gone() { if [ -e "$1" ] || [ -L "$1" ]; then rm -rf "$1"; did "removed $1"; fi; }
gone "$runtime"; gone "$state"; gone "$code"
for folder in $above; do rmdir "$folder" 2>/dev/null || true; done
if [ "$root" = 1 ]; then
  if getent passwd "$name" >/dev/null; then userdel "$name" 2>/dev/null || deluser "$name"; did "removed the user $name"; fi
  if getent group "$name" >/dev/null; then groupdel "$name" 2>/dev/null || delgroup "$name"; did "removed the group $name"; fi
fi
