"""The text of a site: what stands in it, and that nothing from a spec ends a word of it."""

from dataclasses import replace

import pytest

from clawtui.deploy.edge import asked, packages, served, warnings
from clawtui.deploy.facts import Facts, Shown
from clawtui.deploy.site import inside, redirect, site, through
from clawtui.deploy.spec import Environment, Golden, Health, Proxy, Rewrite, Spec, Tls
from tests.deploy import sites


def text(spec: Spec) -> str:
    assert spec.proxy is not None
    return site(spec, spec.proxy)


def test_plain_http_is_one_server_on_its_port() -> None:
    found = text(sites.spec())
    assert "listen 80;" in found
    assert "ssl" not in found
    assert "server unix:/srv/clawtui/bot/shared/run/live.sock;" in found
    assert "client_max_body_size 2000;" in found
    assert "proxy_read_timeout 30s;" in found


def test_a_certificate_brings_tls_and_http_leads_there() -> None:
    spec = sites.spec(Tls.FILES)
    found = text(spec)
    assert "listen 443 ssl http2;" in found
    assert "listen 80" not in found
    assert "ssl_certificate /srv/clawtui/bot/tls/live/fullchain.pem;" in found
    assert spec.proxy is not None
    led = redirect(spec, spec.proxy)
    assert "listen 80;" in led
    assert "return 308 https://$host$request_uri;" in led
    assert "return 308 https://$host:8443$request_uri;" in redirect(spec, replace(spec.proxy, https_port=8443))


@pytest.mark.parametrize(
    ("spec", "server"),
    [
        (sites.spec(port=8000), "include /srv/clawtui/bot/upstream.conf;"),
        (sites.compose(9000), "server 127.0.0.1:9000;"),
    ],
)
def test_a_port_is_named_where_the_switch_says_it(spec: Spec, server: str) -> None:
    assert server in text(spec)


def test_nothing_is_left_to_be_filled_in() -> None:
    for tls in Tls:
        spec = sites.spec(tls)
        assert spec.proxy is not None
        assert not [
            word
            for word in ("{service}", "{names}", "{folder}", "{word}")
            if word in text(spec) + redirect(spec, spec.proxy)
        ]


def test_addresses_are_names_too() -> None:
    spec = sites.spec()
    proxy = Proxy(("192.0.2.1", "2001:db8::1", "*.bot.test"))
    assert "server_name 192.0.2.1 [2001:db8::1] *.bot.test;" in site(spec, proxy)


def test_a_host_asks_its_own_nginx_by_the_first_name() -> None:
    assert through(Proxy(("*.bot.test",), Tls.ACME)) == {"port": 443, "host": "any.bot.test", "tls": True}
    assert through(Proxy(("bot.test",), http_port=8080)) == {"port": 8080, "host": "bot.test", "tls": False}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/v1/x?a=/v1/", "/x?a=/v1/"),
        ("/v1", "/"),
        ("/v10", "/v10"),
        ("/api/x", "/inner/x"),
        ("/api", "/inner"),
        ("/", "/"),
    ],
)
def test_a_path_is_rewritten_here_as_nginx_does_it(path: str, found: str) -> None:
    spec = sites.spec()
    assert spec.proxy is not None
    assert inside(spec.proxy, path) == found


def test_a_path_is_asked_from_outside_as_its_users_have_to() -> None:
    spec = replace(sites.spec(), health=Health("/inner/ready", golden=Golden("/v1/predict")))
    ready = {"path": "/inner/ready", "golden": {"path": "/v1/predict"}}
    found = asked(spec, dict(ready))
    assert found["health"] == {"path": "/inner/ready", "golden": {"path": "/v1/v1/predict"}}
    everything = replace(spec, proxy=Proxy(("bot.test",), rewrites=(Rewrite("/", "/api/"),)), health=Health("/ready"))
    assert asked(everything, {"path": "/ready"}) == {}
    assert asked(replace(everything, health=Health("/api/r")), {"path": "/api/r"})["health"] == {
        "path": "/r",
        "golden": None,
    }


def test_what_a_proxy_needs_comes_with_it_where_the_host_has_it_not() -> None:
    spec = sites.spec(Tls.ACME)
    assert packages(spec, Facts()) == ("nginx-light", "certbot")
    assert packages(spec, Facts(commands={"nginx": "/usr/sbin/nginx"})) == ("certbot",)
    own = replace(spec, environment=Environment(("nginx-full",)))
    assert packages(own, Facts()) == ("nginx-full", "certbot")


def test_the_plan_says_when_the_certificate_of_a_host_ends_and_warns_before() -> None:
    spec, ends = sites.spec(Tls.ACME), 1_800_000_000.0
    facts = Facts(certificate=Shown(("bot.test",), ends))
    (words,) = [step.words for step in served(spec, facts, None) if step.kind == "certificate"]
    assert words == "certificate (acme) for bot.test, www.bot.test until 2027-01-15"
    assert warnings(spec, facts, ends - 15 * 86400) == ()
    assert "ends 2027-01-15: journalctl -u clawtui-bot-renew" in warnings(spec, facts, ends - 13 * 86400)[0]
