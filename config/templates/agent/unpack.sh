# Archive on standard input → a folder that is whole or not there. In: $code $folder $sha256 $size $python.
mkdir -p "$code"; rm -rf "$code"/.part.*; part="$code/.part.$$"; mkdir "$part"; trap 'rm -rf "$part"' EXIT
cat > "$part/archive"
if [ "$(sha256sum < "$part/archive" | cut -c1-64)" != "$sha256" ]; then
  echo "the upload arrived damaged or was cut off: $(wc -c < "$part/archive") of $size bytes" >&2; exit 1
fi
mkdir "$part/tree"; tar -xzf "$part/archive" -C "$part/tree"
"$python" -I -S -m compileall -q "$part/tree" || { echo "Python could not compile the agent" >&2; exit 1; }
"$part/tree/clawtui-agent" --version >/dev/null
"$python" -I -S -c 'import sys; sys.path[0:0] = sys.argv[1:]; import psutil' "$part/tree"
rm -rf "$code/$folder.old"
if [ -e "$code/$folder" ]; then mv "$code/$folder" "$code/$folder.old"; fi
mv "$part/tree" "$code/$folder"; rm -rf "$code/$folder.old"
