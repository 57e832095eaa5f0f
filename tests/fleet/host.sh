# First process of a test host. $1 = kind (plain, overlay, systemd), $2 = its folder, $3 = its name, $4 = sshd's configuration.
# From the environment: LOWER the Debian base, SHARED a folder that must stay visible, LXCFS the tree of lxcfs or nothing,
# NETNS the namespace, BINDS what a systemd host sees of the machine besides.
set -e
kind=$1 folder=$2 name=$3 conf=$4
here=${0%/*}
. "$here/own.sh"
[ "$kind" = systemd ] || hostname "$name"

serve() { mkdir -p /run/sshd; exec /usr/sbin/sshd -D -e -f "$conf"; }

if [ "$kind" = plain ]; then  # the machine's own files; only its root user's home is empty
  mount -t proc proc /proc
  case $SHARED in /root/*) ;; *) mount -t tmpfs -o mode=700,size=64m tmpfs /root ;; esac
  serve
fi

root=$folder/root
mkdir -p "$folder/upper" "$folder/work" "$root"
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$folder/upper,workdir=$folder/work" "$root"
[ -z "$LXCFS" ] || mount --bind "$LXCFS" "$root/.fleet/lxcfs"

if [ "$kind" = systemd ]; then
  first=--boot
  [ -z "$LXCFS" ] || first="--capability=CAP_NET_ADMIN --system-call-filter=@keyring /.fleet/init"
  # shellcheck disable=SC2086 # words on purpose
  exec systemd-nspawn --quiet --register=no --keep-unit --network-namespace-path="/run/netns/$NETNS" --machine="$name" \
    --resolv-conf=off --link-journal=no --console=pipe $BINDS -D "$root" $first
fi

mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/run/lock" "$root$SHARED" "$root/.old"
mount --bind "$SHARED" "$root$SHARED"
cd "$root"
pivot_root . .old
mount -t proc proc /proc
mount -t sysfs sysfs /sys
own_proc /.fleet/lxcfs
umount -l /.fleet/lxcfs /.old
serve
