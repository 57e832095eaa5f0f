"""`[[service]]`: what is right is read, what is wrong names its line, and the agent understands what it is handed."""

import json

import pytest

from clawtui.errors import ConfigError
from clawtui.fleet.agent.bundle import config_json
from clawtui.fleet.agent.layout import system_layout
from clawtui.fleet.host import Host, Probe, Service
from clawtui.fleet.services import service
from clawtui.fleet.tables import Document
from clawtui_agent import config as agents_own


def read(text: str) -> Service:
    document = Document.parse(f'[[service]]\nname = "bot"\n{text}\n', "fleet.toml")
    return service(document.tables("service")[0])[0]


def handed(one: Service) -> agents_own.Service:
    """Through config.json into the agent's own reader."""
    text = config_json(Host("box", services=(one,)), system_layout(), 1_000_000)
    return agents_own.parse(json.loads(text)).services[0]


def test_a_probe_reaches_the_agent_as_it_was_written() -> None:
    asked = 'url = "http://127.0.0.1:8000/health", method = "POST", body = "{}", expect = "200-299"'
    one = read(f'probe = {{ {asked}, every = "30s", timeout = "500ms" }}')
    assert one.probe == Probe("http://127.0.0.1:8000/health", "", "POST", "{}", (200, 299), 30.0, 0.5)
    assert handed(one).probe == agents_own.Probe(
        url="http://127.0.0.1:8000/health", method="POST", body="{}", expect=(200, 299), every=30.0, timeout=0.5
    )


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("tcp", "127.0.0.1:9000"),
        ("tcp", "[::1]:9000"),
        ("tcp", "unix:/run/bot.sock"),
        ("url", "unix:/run/bot.sock:/health?x=1"),
        ("url", "http://localhost/"),
    ],
)
def test_places_that_are_allowed_are_understood_by_the_agent(key: str, where: str) -> None:
    probe = handed(read(f'probe = {{ {key} = "{where}" }}')).probe
    assert probe is not None
    assert where in (probe.url, probe.tcp)


def test_a_compose_project_and_a_page_on_a_socket_reach_the_agent() -> None:
    one = handed(read('compose = "shop"\nmetrics = "unix:/run/bot.sock:/metrics"'))
    assert (one.compose, one.metrics, one.has_processes) == ("shop", "unix:/run/bot.sock:/metrics", True)


def test_what_is_not_used_is_not_told_to_an_agent_that_may_be_older() -> None:
    text = config_json(Host("box", services=(read('unit = "bot.service"'),)), system_layout(), 1_000_000)
    assert set(json.loads(text)["services"][0]) == {"name", "unit", "cgroup", "pid_file", "metrics"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('probe = "http://127.0.0.1/"', r"service.probe: must be a table"),
        ("probe = {}", "needs either url"),
        ('probe = { url = "http://127.0.0.1/", tcp = "127.0.0.1:1" }', "needs either url"),
        ('probe = { url = "https://127.0.0.1/" }', "numeric address"),
        ('probe = { url = "http://bot.example/" }', "numeric address"),
        ('probe = { tcp = "bot:1" }', "ADDRESS:PORT"),
        ('probe = { tcp = "127.0.0.1:1", expect = 200 }', "belongs to url"),
        ('probe = { url = "http://127.0.0.1/", expect = 99 }', "must be a status"),
        ('probe = { url = "http://127.0.0.1/", expect = "299-200" }', "run upwards"),
        ('probe = { url = "http://127.0.0.1/", every = "0s" }', "from 100ms"),
        ('probe = { url = "http://127.0.0.1/", every = 10 }', "must be text"),
        ('probe = { url = "http://127.0.0.1/", every = "1s" }', "longer than every"),
        ('probe = { url = "http://127.0.0.1/", method = "DELETE" }', "one of GET, POST"),
        ('probe = { urll = "http://127.0.0.1/" }', "did you mean url"),
        ('compose = "Shop Two"', "docker compose ls"),
        ('compose = "shop"\nunit = "bot.service"', "both unit and compose"),
    ],
)
def test_a_mistake_names_its_line_and_what_would_be_right(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        read(text)
    assert "fleet.toml:" in str(caught.value)
