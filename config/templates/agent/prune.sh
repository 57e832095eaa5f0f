# Versions that are neither current nor kept. In: $code $state $keep (words).
rm -f "$state/config.json.previous" "$code/supervise.previous" "$unit_file.previous"
for d in "$code"/*-psutil*; do
  [ -d "$d" ] || continue
  case " $keep " in *" ${d##*/} "*) ;; *) rm -rf "$d"; did "removed the old version ${d##*/}" ;; esac
done
