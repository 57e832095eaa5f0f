"""Specs of services that are seen from outside."""

from pathlib import Path

from clawtui.deploy.spec import CleanUp, Environment, Proxy, Rewrite, Run, Spec, Tls

REWRITES = (Rewrite("/v1/", "/"), Rewrite("/api", "/inner"), Rewrite("/it's (a) ~%20b/", "/x/"))


def spec(
    tls: Tls = Tls.OFF, *, port: int = 0, clean_up: tuple[CleanUp, ...] = (), rewrites: tuple[Rewrite, ...] = REWRITES
) -> Spec:
    """A service called bot."""
    run = Run("{python} app.py " + ("{port}" if port else "{socket}"), "bot", port=port)
    proxy = Proxy(("bot.test", "www.bot.test"), tls, body=2000, timeout_s=30, rewrites=rewrites)
    return Spec(Path("/x/service.toml"), "bot", "all", Path("/x"), run=run, proxy=proxy, clean_up=clean_up)


def compose(port: int) -> Spec:
    """A compose project called bot."""
    made = spec()
    return Spec(made.file, "bot", "all", made.source, environment=Environment(port=port), proxy=made.proxy)
