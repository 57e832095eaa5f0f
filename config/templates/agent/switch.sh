# Configuration, supervisor and `current`; what was there is kept beside it as .previous. In: $code $state $folder $owner.
put() {
  rm -f "$2.previous"
  if cmp -s "$1" "$2"; then return; fi
  if [ -e "$2" ]; then cp -p "$2" "$2.previous"; fi
  cp "$1" "$2.part"; chmod "$3" "$2.part"
  if [ -n "$owner" ] && [ "$3" = 0640 ]; then chown "root:$owner" "$2.part"; fi
  mv -f "$2.part" "$2"; did "wrote $2"
}
new="$code/$folder"
put "$new/stage/config.json" "$state/config.json" 0640
put "$new/stage/supervise" "$code/supervise" 0755
if [ "$(readlink "$code/current" || true)" != "$folder" ]; then
  ln -sfn "$folder" "$code/current.part"; mv -Tf "$code/current.part" "$code/current"
  did "switched $code/current to $folder"
fi
