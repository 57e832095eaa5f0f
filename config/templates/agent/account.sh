# Static user and group, and their folder. In: $name $login $state.
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
