"""What the world sees of a service, as steps of one host: certificate, site, clean-up. From spec and facts; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from clawtui.deploy import site, timers
from clawtui.deploy.certificate import Certificate, day, ending
from clawtui.deploy.facts import Facts
from clawtui.deploy.spec import Health, Proxy, Spec, Tls
from clawtui.deploy.step import Params, Phase

ACME_S = 300.0
COMMANDS = ("nginx", "certbot", "openssl")
KINDS = ("site", "certificate", "cleanup")
# looked at before a plan is made: what is there may be somebody else's


@dataclass(frozen=True, slots=True)
class Outward:
    """One step, without its number."""

    kind: str
    phase: Phase
    words: str
    params: Params
    secrets: tuple[str, ...] = ()
    deadline_s: float = 60.0


def packages(spec: Spec, facts: Facts) -> tuple[str, ...]:
    """Those of the spec, and what its proxy needs where the host has it not and no package of the spec brings it."""
    named = spec.environment.packages
    wanted = dict[str, str]()
    if spec.proxy:
        wanted["nginx"] = "nginx-light"
        wanted |= {"certbot": "certbot"} if spec.proxy.tls is Tls.ACME else {}
        wanted |= {"openssl": "openssl"} if spec.proxy.tls is Tls.SELF_SIGNED else {}
    missing = [name for command, name in wanted.items() if facts.commands.get(command) is None]
    return (*named, *(name for name in missing if not any(one.startswith(name.partition("-")[0]) for one in named)))


def paths(spec: Spec) -> tuple[str, ...]:
    """Files that may be there from an earlier release and are not wanted any more."""
    return (site.site_path(spec), site.redirect_path(spec), f"{timers.UNITS}/{_cleaner(spec)}")


def served(spec: Spec, facts: Facts, given: Certificate | None) -> Iterator[Outward]:
    """Between a healthy instance and the switch: users have met neither yet."""
    proxy = spec.proxy
    ours = {path for path, fact in facts.files.items() if fact and fact.ours}
    if proxy is None:
        if gone := sorted(ours & {site.site_path(spec), site.redirect_path(spec)}):
            yield Outward("site", Phase.SWITCH, "no site any more", {"files": [], "gone": gone})
        return
    if proxy.tls is Tls.ACME and not ours & {site.site_path(spec), site.redirect_path(spec)}:
        yield Outward("site", Phase.SWITCH, "where the authority looks", {"files": [_redirect(spec, proxy)]})
    if proxy.tls is not Tls.OFF:
        until = given.until if given else facts.certificate.until if facts.certificate else None
        yield Outward(
            "certificate",
            Phase.SWITCH,
            f"certificate ({proxy.tls}) for {', '.join(proxy.names)}" + (f" until {day(until)}" if until else ""),
            certificate(spec, proxy, given.pem if given else ""),
            ("key",) if proxy.tls is Tls.FILES else (),
            ACME_S if proxy.tls is Tls.ACME else 60.0,
        )
    yield Outward("site", Phase.SWITCH, f"site {', '.join(proxy.names)}", site_files(spec, proxy))


def warnings(spec: Spec, facts: Facts, now: float) -> tuple[str, ...]:
    """A certificate that its timer should have renewed, and did not."""
    if facts.certificate is None or spec.proxy is None or spec.proxy.tls is not Tls.ACME:
        return ()
    return ending(facts.certificate.until, now, f"journalctl -u clawtui-{spec.name}-renew says why it was not renewed")


def cleaned(spec: Spec, facts: Facts) -> Iterator[Outward]:
    """Once a release is kept; a timer that is no longer wanted goes."""
    timer = facts.files.get(f"{timers.UNITS}/{_cleaner(spec)}")
    if spec.clean_up or (timer and timer.ours):
        words = (
            f"clean-up of {', '.join(one.path for one in spec.clean_up)}" if spec.clean_up else "no clean-up any more"
        )
        yield Outward("cleanup", Phase.KEEP, words, clean_up(spec))


def asked(spec: Spec, ready: Params) -> Params:
    """What a user of the site would meet; nothing where no path from outside leads to the one that says it is ready."""
    proxy, health = spec.proxy, spec.health
    path = _outside(proxy, health.ready) if proxy else None
    if proxy is None or path is None:
        return {}
    golden = _golden(proxy, health, ready)
    return {**site.through(proxy), "health": {**ready, "path": path, "golden": golden}}


def site_files(spec: Spec, proxy: Proxy) -> Params:
    """Of a `site` step. HTTP is led to HTTPS by a file of its own: an authority has to find it before there is TLS."""
    files = [_site(site.site_path(spec), site.site(spec, proxy))]
    secure = proxy.tls is not Tls.OFF
    return {
        "files": [_redirect(spec, proxy), *files] if secure else files,
        "gone": [] if secure else [site.redirect_path(spec)],
        "upstream": spec.run is not None and spec.run.port > 0,
    }


def certificate(spec: Spec, proxy: Proxy, pem: str) -> Params:
    """Of a `certificate` step. `pem`: the chain, where it comes as a file."""
    params: Params = {"how": proxy.tls.value, "names": [*proxy.names]}
    if proxy.tls is Tls.FILES:
        params["certificate"] = pem
    if proxy.tls is Tls.ACME:
        params |= {"directory": proxy.acme_directory, "email": proxy.acme_email}
        params |= {"files": _units(timers.renewal(spec)), "timer": f"clawtui-{spec.name}-renew.timer"}
    return params


def clean_up(spec: Spec) -> Params:
    """Of a `cleanup` step; without files it takes away what an earlier release wrote."""
    return {"files": _units(timers.clean_up(spec)), "timer": _cleaner(spec)}


def _cleaner(spec: Spec) -> str:
    return f"clawtui-{spec.name}-cleanup.timer"


def _golden(proxy: Proxy, health: Health, ready: Params) -> object:
    """The request whose answer is known, under its path from outside."""
    golden = cast("Params | None", ready.get("golden"))
    path = _outside(proxy, health.golden.path) if health.golden else None
    return {**golden, "path": path} if golden and path is not None else None


def _outside(proxy: Proxy, path: str) -> str | None:
    """The path that nginx turns into this one; None where none does."""
    ways = [path] + [
        one.path.rstrip("/") + path.removeprefix(one.to.rstrip("/"))
        for one in proxy.rewrites
        if path.startswith(one.to.rstrip("/") + "/")
    ]
    return next((way for way in ways if site.inside(proxy, way) == path), None)


def _redirect(spec: Spec, proxy: Proxy) -> Params:
    return _site(site.redirect_path(spec), site.redirect(spec, proxy))


def _site(path: str, text: str) -> Params:
    return {"path": path, "text": text, "mode": "0644", "verify": "nginx", "after": "nginx-reload"}


def _units(texts: Mapping[str, str]) -> list[Params]:
    units: Params = {"mode": "0644", "verify": "systemd", "after": "daemon-reload"}
    return [{"path": path, "text": text, **units} for path, text in texts.items()]
