"""The nginx site of a service, from its spec. Pure: what stands in it was checked when the spec was read."""

from clawtui import shipped
from clawtui.deploy.placeholders import filled
from clawtui.deploy.spec import Proxy, Rewrite, Spec, Tls
from clawtui.deploy.step import Params

FOLDER = "/etc/nginx/conf.d"
HTTPS = 443


def tls_folder(spec: Spec) -> str:
    """Where the certificate lies on a host, whoever made it."""
    return f"{spec.place}/tls"


def site_path(spec: Spec) -> str:
    """The file that nginx reads."""
    return f"{FOLDER}/clawtui-{spec.name}.conf"


def redirect_path(spec: Spec) -> str:
    """The one that sends HTTP to HTTPS; it has to be there before an authority gives a certificate."""
    return f"{FOLDER}/clawtui-{spec.name}-http.conf"


def site(spec: Spec, proxy: Proxy) -> str:
    """Requests to the service; over TLS where there is a certificate, else over HTTP."""
    secure = proxy.tls is not Tls.OFF
    listen = _listen(proxy.https_port, " ssl http2") if secure else _listen(proxy.http_port, "")
    named = {
        "service": spec.name,
        "word": spec.name.replace("-", "_"),
        "server": _server(spec),
        "listen": listen,
        "names": _names(proxy),
        "tls": filled(_template("tls"), {"folder": tls_folder(spec), "service": spec.name}) if secure else "",
        "body": str(proxy.body),
        "timeout": f"{proxy.timeout_s:g}",
        "locations": "\n".join(_locations(spec, proxy)),
    }
    return filled(_template("upstream"), named) + filled(_template("serve"), named)


def redirect(spec: Spec, proxy: Proxy) -> str:
    """HTTP to HTTPS."""
    named = {
        "service": spec.name,
        "listen": _listen(proxy.http_port, ""),
        "names": _names(proxy),
        "challenge": filled(_template("challenge"), {"folder": tls_folder(spec)}),
        "port": "" if proxy.https_port == HTTPS else f":{proxy.https_port}",
    }
    return filled(_template("redirect"), named)


def through(proxy: Proxy) -> Params:
    """Where a host asks its own nginx as a user of the first name would."""
    secure = proxy.tls is not Tls.OFF
    name = proxy.names[0].replace("*", "any")
    return {"port": proxy.https_port if secure else proxy.http_port, "host": name, "tls": secure}


def inside(proxy: Proxy, path: str) -> str:
    """The path that the service is asked for: the longest that fits is rewritten, as nginx does it."""
    bare, mark, query = path.partition("?")
    for one in sorted(proxy.rewrites, key=lambda rewrite: len(rewrite.path.rstrip("/")), reverse=True):
        stem = one.path.rstrip("/")
        if bare == stem or bare.startswith(f"{stem}/"):
            return (one.to.rstrip("/") + bare.removeprefix(stem) or "/") + mark + query
    return path


def _template(name: str) -> str:
    return shipped.read(f"templates/nginx/{name}.conf")


def _listen(port: int, how: str) -> str:
    return f"    listen {port}{how};\n    listen [::]:{port}{how};"


def _names(proxy: Proxy) -> str:
    return " ".join(f"[{name}]" if ":" in name else name for name in proxy.names)


def _server(spec: Spec) -> str:
    """The socket that a switch renames, or the port that it writes into a file of ours."""
    if spec.run is None:
        return f"server 127.0.0.1:{spec.environment.port};"
    return (
        f"include {spec.place}/upstream.conf;" if spec.run.port else f"server unix:{spec.place}/shared/run/live.sock;"
    )


def _locations(spec: Spec, proxy: Proxy) -> list[str]:
    """The longest path that fits is taken, so their order means nothing."""
    rewrites = sorted(proxy.rewrites, key=lambda rewrite: rewrite.path)
    challenge = [filled(_template("challenge"), {"folder": tls_folder(spec)})] if proxy.tls is Tls.OFF else []
    found = challenge + [line for rewrite in rewrites for line in _location(spec, rewrite)]
    if not any(rewrite.path == "/" for rewrite in rewrites):
        found.append(f'    location "/" {{ proxy_pass http://clawtui-{spec.name}; }}')
    return found


def _location(spec: Spec, rewrite: Rewrite) -> list[str]:
    """The path itself and all below it, and nothing that only begins alike: /v1 is not /v10."""
    path, to = rewrite.path.rstrip("/"), rewrite.to.rstrip("/")
    itself = [f'    location = "{path}" {{ proxy_pass "http://clawtui-{spec.name}{to or "/"}"; }}'] if path else []
    return [*itself, f'    location "{path}/" {{ proxy_pass "http://clawtui-{spec.name}{to}/"; }}']
