"""What steps about the outside of a service are told: sites, certificates, clean-up. From a spec; pure."""

from collections.abc import Mapping

from clawtui.deploy import site, timers
from clawtui.deploy.spec import Proxy, Spec, Tls
from clawtui.deploy.step import Params


def site_files(spec: Spec, *, redirect: bool) -> Params:
    """Of a `site` step. HTTP is led to HTTPS by a file of its own: an authority has to find it before there is TLS."""
    proxy = _proxy(spec)
    path = site.redirect_path(spec) if redirect else site.site_path(spec)
    text = site.redirect(spec, proxy) if redirect else site.site(spec, proxy)
    port = spec.run is not None and spec.run.port > 0
    return {"files": [_file(path, text, "nginx", "nginx-reload")], "upstream": port and not redirect}


def certificate(spec: Spec, pem: str) -> Params:
    """Of a `certificate` step. `pem`: the chain, where it comes as a file; its key travels as the secret `key`."""
    proxy = _proxy(spec)
    params: Params = {"how": proxy.tls.value, "names": [*proxy.names]}
    if proxy.tls is Tls.FILES:
        params["certificate"] = pem
    if proxy.tls is Tls.ACME:
        params |= {"directory": proxy.acme_directory, "email": proxy.acme_email}
        params |= {"files": _units(timers.renewal(spec)), "timer": f"clawtui-{spec.name}-renew.timer"}
    return params


def clean_up(spec: Spec) -> Params:
    """Of a `cleanup` step; without files it takes away what an earlier release wrote."""
    return {"files": _units(timers.clean_up(spec)), "timer": f"clawtui-{spec.name}-cleanup.timer"}


def _proxy(spec: Spec) -> Proxy:
    assert spec.proxy is not None
    return spec.proxy


def _units(texts: Mapping[str, str]) -> list[Params]:
    return [_file(path, text, "systemd", "daemon-reload") for path, text in texts.items()]


def _file(path: str, text: str, verify: str, after: str) -> Params:
    return {"path": path, "text": text, "mode": "0644", "verify": verify, "after": after}
