"""What is proposed to be pasted: valid, evidenced, and harmless whatever a host says of itself."""

import tomllib

import pytest

from clawtui.fleet.agent.proposals import Row, proposals
from clawtui.fleet.services import service
from clawtui.fleet.tables import Document

BOT = Row(
    8000, "127.0.0.1", 10, "uvicorn", unit="bot.service", kind="vllm", latency_is="first token", why=("it listens",)
)


def read(toml: str) -> dict[str, object]:
    """Through the fleet file's own reader, which refuses what it does not allow."""
    document = Document.parse(toml, "fleet.toml")
    service(document.tables("service")[0])
    table: dict[str, object] = tomllib.loads(toml)["service"][0]
    return table


def test_a_unit_with_a_known_page_becomes_an_entry_with_its_evidence() -> None:
    (one,), notes = proposals("gpu-01", [BOT])
    assert read(one.toml) == {
        "name": "bot",
        "hosts": "gpu-01",
        "unit": "bot.service",
        "metrics": "http://127.0.0.1:8000/metrics",
    }
    assert one.why == ("it listens", "its latency is that of the first token")
    assert (one.known, notes) == (True, ())


def test_several_ports_of_one_unit_are_one_service_with_the_page_that_is_known() -> None:
    plain = Row(8001, "127.0.0.1", 11, "triton", unit="triton.service")
    page = Row(8002, "127.0.0.1", 11, "triton", unit="triton.service", kind="triton", latency_is="request")
    (one,), _ = proposals("gpu-01", [plain, page])
    assert read(one.toml)["metrics"] == "http://127.0.0.1:8002/metrics"


def test_without_a_page_a_probe_is_proposed_after_those_that_have_one() -> None:
    first, second = proposals("h", [Row(9000, "[::1]", 12, "db", unit="db.service"), BOT])[0]
    assert (first.known, second.known) == (True, False)
    assert read(second.toml)["probe"] == {"tcp": "[::1]:9000"}


def test_a_compose_project_goes_before_the_unit_of_docker() -> None:
    (one,), _ = proposals("h", [Row(80, "127.0.0.1", 13, "docker-proxy", unit="docker.service", project="shop")])
    assert read(one.toml)["compose"] == "shop"


def test_a_container_without_a_project_is_found_by_its_cgroup() -> None:
    container = "a1" * 32
    (one,), _ = proposals("h", [Row(80, "127.0.0.1", 13, "web", container=container, cgroup=f"/docker/{container}")])
    assert read(one.toml)["cgroup"] == f"docker/{container}"


def test_what_was_started_by_hand_says_what_is_missing() -> None:
    (one,), _ = proposals("h", [Row(8000, "127.0.0.1", 14, "python3", cgroup="/user.slice/session-3.scope")])
    assert "unit" not in read(one.toml)
    assert one.why[-1] == "it belongs to no unit: add unit, cgroup or pid_file for its processes"


def test_what_every_host_has_is_no_service_and_an_unknown_port_is_a_note() -> None:
    rows = [
        Row(22, "0.0.0.0", 1, "sshd"),
        Row(2222, "0.0.0.0", 1, "x", unit="ssh.service"),
        Row(7777, "127.0.0.1", why=("only root",)),
    ]
    assert proposals("h", rows) == ((), ("port 7777: only root",))


def test_two_services_never_get_one_name() -> None:
    rows = [Row(port, "127.0.0.1", port, "python3", cgroup=f"/x/{port}") for port in (8000, 8001)]
    assert [one.name for one in proposals("h", rows)[0]] == ["python3", "python3-8001"]


@pytest.mark.parametrize(
    "evil",
    [
        'x"\n[[service]]\nname = "y',
        "\x1b[2J\x1b]0;pwned\x07",
        "]]\n[context]\nbecome='sudo'",
        "\u202egnp.exe",
        "'''",
        '"""\\u0000',
        "\ud800\U0001f600",
        "-" * 500,
        "",
    ],
)
def test_hostile_words_of_a_host_stay_words(evil: str) -> None:
    row = Row(
        8000,
        evil,
        10,
        evil,
        unit=f"{evil}.service",
        cgroup=f"/{evil}",
        container=evil,
        project=evil,
        latency_is=evil,
        kind=evil,
        why=(evil,),
    )
    found, notes = proposals("h", [row, Row(8001, "127.0.0.1", 11, evil, unit="ok.service", kind="http", why=(evil,))])
    assert len(found) == 1
    for one in found:
        read(one.toml)
        assert set(tomllib.loads(one.toml)) == {"service"}
        assert len(tomllib.loads(one.toml)["service"]) == 1
        assert tomllib.loads(one.toml)["service"][0]["hosts"] == "h"
    said = [
        *notes,
        *(why for one in found for why in one.why),
        *(line for one in found for line in one.toml.splitlines()),
    ]
    assert all(line.isprintable() for line in said), said
