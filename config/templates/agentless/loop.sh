# The numbers of a host without Python, a block a second, until nobody reads. In: $root (what stands for /). Changes nothing.
LC_ALL=C; export LC_ALL
cd "$root/" || exit 1
[ -r proc/uptime ] || { echo "there is no /proc here" >&2; exit 1; }
disks='ext[234]|xfs|btrfs|f2fs|zfs|bcachefs|jfs|reiserfs|vfat|exfat|ntfs3?'
numbers='^cpu |^(Mem(Total|Available)|Swap(Total|Free)):|^[0-9]+\.[0-9]+ [0-9]|^ *[^ ]+: *[0-9]+ +[0-9]+ +[0-9]+ |^Tcp: '
numbers="$numbers|^ *[0-9]+ +[0-9]+ +[hsvnxmd][dvma]|^(max|-?[0-9]+)( [0-9]+)?\$|^usage_usec |^(total_)?inactive_file "
files=
for f in stat meminfo loadavg uptime net/dev net/snmp diskstats; do [ -r proc/$f ] && files="$files proc/$f"; done
for f in memory.max memory.current memory.stat cpu.max cpu.stat memory/memory.limit_in_bytes memory/memory.usage_in_bytes \
  memory/memory.stat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpuacct/cpuacct.usage; do
  [ -r sys/fs/cgroup/$f ] && files="$files sys/fs/cgroup/$f"
done
fill() {
  set -- /
  while read -r _ at how _; do [ $# -ge 32 ] || [ "$at" = / ] || set -- "$@" "$root$(printf '%b' "$at")"; done <<END
$(grep -E "^/?[^ ]+ [^ ]+ ($disks) " proc/mounts 2>/dev/null)
END
  echo "=blocks"; df -Pk "$@" 2>/dev/null
  echo "=inodes"; df -Pi "$@" 2>/dev/null
}
echo "clawtui proc 1"
echo "=who"; uname -n; cat proc/sys/kernel/random/boot_id 2>/dev/null
turn=0
while echo "=clock"; do
  if [ $turn = 0 ]; then date +%s.%N; fill; fi
  turn=$(((turn + 1) % 5))
  echo "=numbers"
  # shellcheck disable=SC2086 # words on purpose
  grep -sHE "$numbers" $files
  echo "=end" || exit
  sleep 1
done
