# The same without root: folders that nobody else can enter. In: $state $runtime.
umask 077
[ -d "$state" ] || did "made $state"
mkdir -p "$state"; mkdir -p -m 0700 "$runtime"
[ -O "$runtime" ] && [ ! -L "$runtime" ] || { echo "$runtime belongs to somebody else; have it removed" >&2; exit 1; }
chmod 0700 "$runtime"
