"""A configuration that is wrong is refused with the key's name; a right one is read."""

from pathlib import Path

import pytest

from clawtui_agent.config import ConfigWrong, Service, Tree, load, parse


def test_what_the_wire_document_shows_is_read() -> None:
    config = parse(
        {
            "version": 1,
            "socket": "/run/clawtui-agent/agent.sock",
            "state": "/var/lib/clawtui-agent",
            "group": "clawtui-agent",
            "scope": {"kind": "machine"},
            "rings": {"max_bytes": 134217728, "second_slots": 86400, "minute_slots": 43200},
            "services": [
                {
                    "name": "bot",
                    "unit": "bot.service",
                    "cgroup": "",
                    "pid_file": "",
                    "metrics": "http://127.0.0.1:8000/metrics",
                }
            ],
        }
    )
    assert config.services == (Service("bot", "bot.service", "", "", "http://127.0.0.1:8000/metrics"),)
    assert config.tree is None
    tree = {"kind": "process tree", "pid": 4711, "cores": 1, "memory": 268435456}
    assert parse({"version": 1, "scope": tree}).tree == Tree(4711, 1.0, 268435456)


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ([], "config"),
        ({}, "version"),
        ({"version": 2}, "version"),
        ({"version": 1, "sockets": ""}, "config.sockets"),
        ({"version": 1, "socket": 5}, "socket"),
        ({"version": 1, "rings": {"max_bytes": -1}}, "rings.max_bytes"),
        ({"version": 1, "rings": {"max_bytes": True}}, "rings.max_bytes"),
        ({"version": 1, "scope": {"kind": "galaxy"}}, "scope.kind"),
        ({"version": 1, "scope": {"kind": "process tree"}}, "scope.pid"),
        ({"version": 1, "scope": {"kind": "process tree", "pid": 1, "memory": 1, "cores": 0}}, "scope.cores"),
        ({"version": 1, "services": {}}, "services"),
        ({"version": 1, "services": [{"unit": "x"}]}, "services[0].name"),
        ({"version": 1, "services": [{"name": "a b"}]}, "services[0].name"),
        ({"version": 1, "services": [{"name": "a", "port": 1}]}, "services[0].port"),
        ({"version": 1, "services": [{"name": "a"}, {"name": "a"}]}, "used twice"),
    ],
)
def test_what_is_wrong_is_named(document: object, key: str) -> None:
    with pytest.raises(ConfigWrong) as wrong:
        parse(document)
    assert key in str(wrong.value)


def test_the_file_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with pytest.raises(ConfigWrong, match=r"config\.json.*clawtui agent install"):
        load(str(path))
    path.write_text("{")
    with pytest.raises(ConfigWrong, match="not JSON"):
        load(str(path))


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        ({}, "services[0].probe: needs either url or tcp"),
        ({"url": "http://a/", "tcp": "1"}, "needs either url or tcp"),
        ({"url": "http://bot.example/"}, "services[0].probe.url"),
        ({"tcp": "127.0.0.1"}, "services[0].probe.tcp"),
        ({"tcp": "127.0.0.1:1", "method": "PUT"}, "probe.method"),
        ({"tcp": "127.0.0.1:1", "expect": [200]}, "probe.expect"),
        ({"tcp": "127.0.0.1:1", "expect": [True, 299]}, "probe.expect"),
        ({"tcp": "127.0.0.1:1", "every": 0}, "probe.every"),
        ({"tcp": "127.0.0.1:1", "timeout": "2s"}, "probe.timeout"),
        ({"tcp": "127.0.0.1:1", "port": 1}, "probe.port"),
    ],
)
def test_a_probe_that_is_wrong_is_named(probe: object, words: str) -> None:
    with pytest.raises(ConfigWrong) as wrong:
        parse({"version": 1, "services": [{"name": "a", "probe": probe}]})
    assert words in str(wrong.value)
