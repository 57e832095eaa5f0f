# First process of a fresh machine: $1 = its folder, $2 = the Debian base under it, the rest = what it sees of this machine.
set -e
folder=$1 lower=$2
shift 2
mkdir -p "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
for path; do
  if [ -d "$path" ]; then mkdir -p "$folder/root$path"; else mkdir -p "$folder/root${path%/*}" && touch "$folder/root$path"; fi
  mount --rbind "$path" "$folder/root$path"
done
mkdir "$folder/root/.old"
cd "$folder/root"
pivot_root . .old
mount -t proc proc /proc
mount -t sysfs -o ro sysfs /sys
mount -t tmpfs tmpfs /run
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts /dev/pts # as a machine of its own would have it
umount -l /.old
rmdir /.old
echo ready
# an init that buries its dead: tests look whether processes are gone
exec python3 -c '
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
while signal.sigwait({signal.SIGCHLD}):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
'
