"""One Debian root, made once by debootstrap and kept outside the checkout: under systemd hosts and the fresh machine."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUITE = "bookworm"
PACKAGES = (
    "ca-certificates",
    "curl",
    "dbus",
    "git",
    "iproute2",
    "libpam-systemd",
    "make",
    "nginx-light",
    "opendoas",
    "openssh-server",
    "openssh-sftp-server",
    "polkitd",
    "procps",
    "python3",
    "python3-venv",
    "sudo",
    "systemd",
    "systemd-sysv",
)
# on top of minbase, before any host starts: nobody waits for consoles, no timer works while a test measures
FINISH = """\
set -e
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/* /etc/ssh/ssh_host_* /etc/machine-id
for unit in console-getty.service getty.target systemd-logind.service apt-daily.timer apt-daily-upgrade.timer fstrim.timer \
    e2scrub_all.timer e2scrub_reap.service systemd-networkd-wait-online.service systemd-update-utmp.service nginx.service; do
  ln -sf /dev/null /etc/systemd/system/$unit
done
rm /etc/systemd/system/nginx.service  # startable, only not at boot
rm -f /etc/systemd/system/multi-user.target.wants/nginx.service
ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
useradd --create-home --shell /bin/bash ops
useradd --create-home --shell /bin/bash guest
echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops
"""


def base() -> Path:
    """The root's folder; the first caller on a machine makes it (about two minutes), others wait for that one."""
    folder = cache() / f"{SUITE}-{recipe()}"
    with lock(cache() / "base.lock"):
        if not folder.is_dir():
            make(folder)
    return folder


def cache() -> Path:
    """Where what is dear to make is kept between runs."""
    folder = os.environ.get("CLAWTUI_TEST_CACHE", "")
    return Path(folder).resolve() if folder else Path.home() / ".cache/clawtui-tests"


def recipe() -> str:
    """Changes whenever the base would be made differently."""
    return hashlib.sha256("\n".join((SUITE, *PACKAGES, FINISH)).encode()).hexdigest()[:10]


def make(folder: Path) -> None:
    """Debootstrap beside the final name, then rename: a folder under that name is always whole."""
    if not shutil.which("debootstrap"):
        sys.exit("debootstrap is missing: apt-get install debootstrap (or run .ci/test, which does)")
    half = folder.with_suffix(".half")
    undo(half)
    half.parent.mkdir(parents=True, exist_ok=True)
    argv = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(half), *mirror()]
    log = folder.with_suffix(".log")
    try:
        with log.open("wb") as out:
            subprocess.run(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment(), check=True)
            subprocess.run(["chroot", str(half), "/bin/sh", "-c", FINISH], stdout=out, stderr=out, check=True)
    except subprocess.CalledProcessError as error:
        tail = log.read_text(errors="replace")[-600:]
        raise RuntimeError(f"{log}: no Debian base ({error}); is the package mirror reachable?\n{tail}") from error
    half.rename(folder)


def mirror() -> list[str]:
    """The archive that this machine's apt uses for the suite; debootstrap's own default where it has none."""
    argv = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"]
    answer = subprocess.run(argv, capture_output=True, text=True).stdout if shutil.which("apt-get") else ""
    return next((line.split()[:1] for line in answer.splitlines() if line.split()[1:] == [SUITE, "main"]), [])


def environment() -> dict[str, str]:
    """Debootstrap fetches with wget: it hears of apt's proxy by the environment only."""
    env = {name: value for name, value in os.environ.items() if name not in ("TMPDIR", "LD_PRELOAD")}
    answer = subprocess.run(["apt-config", "shell", "P", "Acquire::http::Proxy"], capture_output=True, text=True).stdout
    if "http_proxy" not in env and answer.startswith("P='"):
        env["http_proxy"] = answer.strip()[3:-1]
    return env


def undo(half: Path) -> None:
    """Remove what a debootstrap that was killed left, its mounts first."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{half}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=True)
    if half.exists():
        shutil.rmtree(half)


@contextmanager
def lock(file: Path) -> Iterator[None]:
    """Held by one process at a time; the kernel lets go when it dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
