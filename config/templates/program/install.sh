# One version of clawtui: whole or not there, tried before it counts, the one before it kept. In: $code $link $folder $staged $sha256 $python.
set -e
umask 022
did() { printf 'did %s\n' "$*"; }
new="$code/$folder" part="$code/.$folder.part"
mkdir -p "$code"
if [ ! -d "$new" ]; then
  rm -rf "$part"; mkdir "$part"
  trap 'rm -rf "$part"' EXIT
  # a copy of our own first: what is checked must be what is unpacked
  cp -- "$staged" "$part/wheels.tar"
  "$python" -I - "$part" "$sha256" <<'PY'
import compileall, hashlib, io, pathlib, sys, tarfile, zipfile
part, wanted = pathlib.Path(sys.argv[1]), sys.argv[2]
tar = part / "wheels.tar"
if hashlib.sha256(tar.read_bytes()).hexdigest() != wanted:
    sys.exit("the wheels arrived with another SHA-256; nothing was unpacked")
lib = part / "lib"
with tarfile.open(tar) as wheels:
    for member in wheels:
        with zipfile.ZipFile(io.BytesIO(wheels.extractfile(member).read())) as wheel:
            for name in wheel.namelist():
                top, _, below = name.partition("/")
                if top.endswith(".data"):
                    kind, _, rest = below.partition("/")
                    if kind not in ("purelib", "platlib") or not rest or rest.endswith("/"):
                        continue
                    place = lib / rest
                elif name.endswith("/"):
                    continue
                else:
                    place = lib / name
                if lib.resolve() not in place.resolve().parents:
                    sys.exit(f"{member.name} holds a name that leads elsewhere: {name!r}")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(wheel.read(name))
tar.unlink()
compileall.compile_dir(str(lib), quiet=2)
PY
  mkdir "$part/bin"
  cat >"$part/bin/clawtui" <<SH
#!/bin/sh
exec "$python" -I -c 'import sys; sys.path.insert(0, "$new/lib"); sys.argv[0] = "clawtui"; from clawtui.__main__ import main; sys.exit(main())' "\$@"
SH
  chmod 755 "$part/bin/clawtui"
  mv "$part" "$new"
  trap - EXIT
  did "unpacked $folder"
fi
old="$(readlink "$code/current" 2>/dev/null || :)"
if ! said="$("$new/bin/clawtui" version 2>&1 && "$python" -I -c 'import sys; sys.path.insert(0, sys.argv[1]); import asyncssh, msgspec, plotext, psutil, textual.app' "$new/lib" 2>&1)"; then
  [ "$old" = "$folder" ] || rm -rf "$new"
  printf '%s\n' "$said" | tail -n 1 >&2
  exit 3
fi
if [ "$old" != "$folder" ]; then
  ln -s "$folder" "$code/.current" && mv -T "$code/.current" "$code/current"
  did "current leads to $folder"
fi
mkdir -p "$(dirname "$link")"
if [ ! -e "$link" ] && [ ! -L "$link" ] || [ -L "$link" ]; then
  case "$(readlink "$link" 2>/dev/null || :)" in
    "$code/current/bin/clawtui") ;;
    "" | "$code"/*) ln -sf "$code/current/bin/clawtui" "$link"; did "linked $link" ;;
    *) did "left $link alone: it leads elsewhere" ;;
  esac
else did "left $link alone: it is not ours"; fi
for d in "$code"/*/; do
  d="${d%/}"; n="${d##*/}"
  case "$n" in current | "$folder" | "$old") ;; *) [ -L "$d" ] || { rm -rf "$d"; did "removed $n"; } ;; esac
done
