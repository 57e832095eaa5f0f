"""An authority for tests, and certificates by it."""

import subprocess
from pathlib import Path


def made(folder: Path, name: str, *names: str, days: int = 100, by: str = "") -> tuple[Path, Path]:
    """NAME.pem and NAME.key; its own issuer, or `by` another of the folder."""
    chain, key = folder / f"{name}.pem", folder / f"{name}.key"
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    argv += ["-days", str(days), "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(chain)]
    if names:
        argv += ["-addext", "subjectAltName=" + ",".join(f"DNS:{one}" for one in names)]
    if by:
        argv += [
            "-CA",
            str(folder / f"{by}.pem"),
            "-CAkey",
            str(folder / f"{by}.key"),
            "-addext",
            "basicConstraints=CA:FALSE",
        ]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    return chain, key
