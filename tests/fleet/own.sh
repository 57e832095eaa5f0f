# What makes CPU, memory, load and pressure a host's own; $1 = the tree of lxcfs as bound into this host.
own_proc() {
  [ -d "$1/proc" ] || return 0
  mountpoint -q /sys/fs/cgroup || mount -t tmpfs tmpfs /sys/fs/cgroup
  for tree in cpu cpuacct cpuset memory blkio pids devices freezer; do
    mkdir -p /sys/fs/cgroup/$tree # nspawn mounts them read-only: no limits for units
    mount -o remount,bind,rw /sys/fs/cgroup/$tree 2>/dev/null || mount -t cgroup -o $tree cgroup /sys/fs/cgroup/$tree
  done
  [ -e /sys/fs/cgroup/unified ] || {
    mkdir /sys/fs/cgroup/unified /sys/fs/cgroup/systemd
    mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
    mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
  }
  for file in stat meminfo loadavg uptime swaps diskstats cpuinfo; do mount --bind "$1/proc/$file" /proc/$file; done
  read -r _ </proc/loadavg # lxcfs counts a host's load from the first reading on
  mount --bind "$1/sys/devices/system/cpu/online" /sys/devices/system/cpu/online
  for file in cpu memory io; do mount --bind /sys/fs/cgroup/unified/$file.pressure /proc/pressure/$file; done
}
