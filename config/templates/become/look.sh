# Who we are and whether the gate to root opens without a password; changes nothing. In: $become $helper, gate().
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; export PATH
say() { printf '%s=%s\n' "$1" "$2"; }
ask() { name=$1; shift; said=$(gate "$@" 2>&1 </dev/null); status=$?; say "$name" "$status $(printf '%s\n' "$said" | tail -n 1)"; return $status; }
say uid "$(id -u)"; say user "$(id -un)"
if [ "$(id -u)" = 0 ] || [ "$become" = none ]; then exit 0; fi
command -v "$become" >/dev/null || { say missing "there is no $become"; exit 0; }
if [ -f "$helper" ]; then
  safe=safe
  for path in "$helper" "${helper%/*}"; do # owned by root, and no w for group or others
    mode="$(ls -ldn "$path")"
    case "$mode" in ?????w*|????????w*) safe=unsafe ;; esac
    owner="$(printf '%s\n' "$mode" | { read -r _ _ owner _; echo "$owner"; })"; [ "$owner" = 0 ] || safe=unsafe
  done
  say helper "$safe"
  say helper_version "$(sed -n 's/^# clawtui-helper \([0-9]*\).*/\1/p' "$helper" 2>/dev/null | head -n 1)"
  if [ "$safe" = safe ] && ask helper_answer "$helper" version; then exit 0; fi
fi
ask answer true
exit 0
