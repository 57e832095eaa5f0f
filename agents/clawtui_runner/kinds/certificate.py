"""The certificate that nginx shows: given, made here where that was asked for, or got from an authority and renewed.

Each stands in a folder of its own with its key; `tls/live` leads to one of them, so the two never differ.
"""

import hashlib
import ipaddress
import shutil
import time
from pathlib import Path
from typing import List, Optional

from clawtui_runner import current, disk, nginx, outside, pem, systemd, timer
from clawtui_runner.fault import Fault
from clawtui_runner.pem import Certificate
from clawtui_runner.step import Check, Done, Step

DAY = 86_400
RENEWED = 30 * DAY  # before its end another one is made or asked for
SELF_DAYS = 397  # the longest that browsers take
CHAIN, KEY = "fullchain.pem", "privkey.pem"


def check(step: Step) -> Check:
    """By the certificate that stands there: its key came with it."""
    words = _wrong(step)
    if step.params.text("how") == "acme":
        found = outside.check(step, outside.listed(step))
        if found.state == "conflict" or (not words and found.state == "differs"):
            return found
    if not words:
        live = _live(step)
        return Check("same", f"certificate until {live.end if live else '?'}")
    return Check("differs", words, (f"- {words}", f"+ certificate for {', '.join(step.params.texts('names'))}"))


def apply(step: Step) -> Done:
    """nginx reads it again where it shows another one."""
    how = step.params.text("how")
    if check(step).state == "same":
        return Done(False, check(step).words)
    step.remember("live", {"live": current.target(_link(step))})
    if _wrong(step):
        _lead(step, {"files": _given, "self-signed": _made, "acme": _got}[how](step))
    if how == "acme":
        outside.apply(step, outside.listed(step))
        timer.on(step, step.params.text("timer"))
    live = _live(step)
    return Done(True, f"certificate until {live.end}" if live else "no certificate")


def undo(step: Step) -> Done:
    """The one that was shown before; what an authority gave stays where it is, for next time."""
    if "live" not in step.remembered():
        return Done(False, "nothing to take back")
    before = step.recalled("live").text("live", "")
    if before:
        _lead(step, before)
    else:
        disk.remove(_link(step))
    if step.params.text("how") == "acme" and step.remembered().keys() - {"live"}:
        if not step.recalled(_timer(step)).flag("there"):
            timer.off(step, step.params.text("timer"))
        outside.undo(step, outside.listed(step))
    return Done(True, "certificate as before" if before else "no certificate, as before")


def _wrong(step: Step) -> str:
    """Why the one that stands there will not do; empty where it does."""
    live, how, target = _live(step), step.params.text("how"), current.target(_link(step))
    if live is None:
        return "no certificate yet"
    if how == "files":
        return "" if target == f"by/{_digest(step)}" else f"another certificate (until {live.end})"
    if not target.startswith(f"{how}/"):
        return f"certificate that came otherwise (until {live.end})"
    if sorted(map(_plain, step.params.texts("names"))) != sorted(map(_plain, live.names)):
        return f"certificate for {', '.join(live.names)}"
    # an authority's is renewed by its timer; only one that is about to end is asked for here
    return f"certificate that ends {live.end}" if live.until < time.time() + RENEWED / 3 else ""


def _given(step: Step) -> str:
    key = step.secret.get("key", "")
    if not key:
        raise Fault("refused", "key: no value was handed over")
    return _put(step, f"by/{_digest(step)}", step.params.text("certificate").encode(), f"{key}\n".encode())


def _made(step: Step) -> str:
    """Nobody's browser trusts it, which is why it has to be asked for."""
    if shutil.which("openssl") is None:
        raise Fault("failed", "openssl is not installed on this host; name it among the packages")
    names = step.params.texts("names")
    folder = disk.folder(_tls(step) / "part", 0o700)
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    argv += [
        "-days",
        str(SELF_DAYS),
        "-subj",
        f"/CN={names[0][:64]}",
        "-addext",
        f"subjectAltName={_alternative(names)}",
    ]
    try:
        step.run(*argv, "-keyout", str(folder / KEY), "-out", str(folder / CHAIN))
        chain, key = (folder / CHAIN).read_bytes(), (folder / KEY).read_bytes()
    finally:
        shutil.rmtree(str(folder), ignore_errors=True)
    return _put(step, f"self-signed/{hashlib.sha256(chain).hexdigest()[:16]}", chain, key)


def _got(step: Step) -> str:
    """The authority looks below `webroot`, which nginx serves already; renewed ones are read by the same hook."""
    if shutil.which("certbot") is None:
        raise Fault("failed", "certbot is not installed on this host; name it among the packages")
    folder, name, mail = _tls(step) / "acme", step.place.service, step.params.text("email", "")
    disk.folder(_tls(step) / "webroot")
    disk.folder(folder, 0o700)
    argv = [
        "certbot",
        "certonly",
        "--non-interactive",
        "--agree-tos",
        "--keep-until-expiring",
        "--renew-with-new-domains",
    ]
    argv += ["--webroot", "--webroot-path", str(_tls(step) / "webroot"), "--server", step.params.text("directory")]
    argv += ["--config-dir", str(folder), "--work-dir", str(folder / "work"), "--logs-dir", str(folder / "log")]
    argv += ["--email", mail] if mail else ["--register-unsafely-without-email"]
    argv += ["--cert-name", name, "--deploy-hook", nginx.again(), "--key-type", "ecdsa"]
    for host in step.params.texts("names"):
        argv += ["--domain", host]
    result = step.run(*argv, ok=range(256))
    if result.status:
        found = [line.strip() for line in result.lines if line.lstrip().startswith(("Domain:", "Detail:"))]
        raise Fault("failed", f"no certificate by {step.params.text('directory')}: {' '.join(found) or result.tail()}")
    return f"acme/live/{name}"


def _put(step: Step, where: str, chain: bytes, key: bytes) -> str:
    folder = _tls(step) / where
    disk.folder(folder, 0o700)
    disk.write(folder / KEY, key, 0o600)
    disk.write(folder / CHAIN, chain)
    return where


def _lead(step: Step, where: str) -> None:
    changed = current.target(_link(step)) != where
    disk.link(_link(step), where)
    if changed and nginx.running():
        nginx.reload(step)


def _alternative(names: List[str]) -> str:
    return ",".join(f"{'IP' if _address(name) else 'DNS'}:{name}" for name in names)


def _address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _plain(name: str) -> str:
    """Addresses are written in several ways."""
    return str(ipaddress.ip_address(name.strip())) if _address(name.strip()) else name.lower()


def _digest(step: Step) -> str:
    return hashlib.sha256(step.params.text("certificate").encode()).hexdigest()[:16]


def _live(step: Step) -> Optional[Certificate]:
    return pem.read(_link(step) / CHAIN)


def _tls(step: Step) -> Path:
    return disk.folder(step.place.folder / "tls")


def _link(step: Step) -> Path:
    return step.place.folder / "tls" / "live"


def _timer(step: Step) -> str:
    return str(systemd.UNITS / step.params.text("timer"))
