"""A real S3 server on loopback: JuiceFS's gateway, MinIO's front on a folder. It looks at keys, regions and signatures."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = shutil.which("juicefs", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}") or ""
KEY, SECRET, REGION = "operator", "secret-of-the-operator", "eu-central-1"
READY_S = 30.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class S3Server:
    """One server with one bucket, `shelf`, and a folder of its own."""

    folder: Path
    address: str = "127.0.0.1"
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def environ(self) -> dict[str, str]:
        """What boto3 has to be told to find it and to be let in."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": f"http://{self.address}:{self.port}",
            "AWS_CONFIG_FILE": str(self.folder / "no-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "no-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self, *before: str) -> "S3Server":
        """`before`: words that run it elsewhere, such as `ip netns exec NAME`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        meta, self.port = f"sqlite3://{self.folder}/meta.db", self.port or free_port()
        if not (self.folder / "meta.db").exists():
            words = ("--storage", "file", "--bucket", f"{self.folder}/data", "--trash-days", "0")
            subprocess.run([PROGRAM, "format", "-q", *words, meta, "shelf"], check=True, capture_output=True)
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "MINIO_ROOT_USER": KEY,
            "MINIO_ROOT_PASSWORD": SECRET,
            "MINIO_REGION": REGION,
        }
        place = f"{self.address}:{self.port}"
        quiet = ("--no-usage-report", "--no-banner", "--no-bgjob", "--backup-meta", "0", "--cache-dir", "memory")
        quiet = (*quiet, "--keep-etag", "--log", f"{self.folder}/log", "--metrics", f"127.0.0.1:{free_port()}")
        with (self.folder / "out").open("wb") as out:
            command = [*before, PROGRAM, "gateway", *quiet, meta, place]
            self.process = subprocess.Popen(command, env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        if not before:
            self._wait()
        return self

    def _wait(self) -> None:
        assert self.process
        end = time.monotonic() + READY_S
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError), socket.create_connection((self.address, self.port), 1):
                return
            time.sleep(0.02)
        raise RuntimeError((self.folder / "out").read_text())

    def stop(self) -> None:
        """Killed: nothing here has to outlive the test."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
