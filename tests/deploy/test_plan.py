"""A plan is a value: to a file and back, and what was changed by hand is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.deploy.plan import digest, read, written
from clawtui.errors import ConfigError
from tests.deploy.plans import plan


def test_a_plan_survives_the_way_to_a_file_and_back(tmp_path: Path) -> None:
    made = plan(("a",), ("b", "c"))
    (tmp_path / "p.json").write_bytes(written(made))
    assert read(tmp_path / "p.json") == made


def test_the_same_work_has_the_same_digest_whoever_plans_it_and_when() -> None:
    made = plan(("a",), ("b",))
    assert digest(made) == digest(replace(made, id="other", made=2000.0, by="bo"))
    assert digest(made) != digest(plan(("a", "b")))


def test_a_whole_number_where_a_time_belongs_is_the_same_plan_after_the_way_through_a_file(tmp_path: Path) -> None:
    made = plan(("a",), bake_s=60)
    (tmp_path / "p.json").write_bytes(written(made))
    assert digest(read(tmp_path / "p.json")) == digest(made)


def test_a_plan_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_bytes(written(plan(("a",))).replace(b"/srv/clawtui/bot", b"/srv/clawtui/cat"))
    with pytest.raises(ConfigError, match="was changed after it was made"):
        read(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [(b"", "is no plan"), (b"[]", "is no plan"), (b'{"version": 9}', "newer clawtui"), (b"\xff", "is no plan")],
)
def test_what_is_no_plan_is_said(tmp_path: Path, text: bytes, words: str) -> None:
    file = tmp_path / "p.json"
    file.write_bytes(text)
    with pytest.raises(ConfigError, match=words):
        read(file)


def test_nothing_to_do_is_a_plan_without_changes() -> None:
    made = plan(("a",), ("b",))
    assert not made.nothing
    assert replace(made, hosts=tuple(replace(host, changes=()) for host in made.hosts)).nothing


def test_previous_is_what_most_hosts_serve() -> None:
    made = plan(("a",), ("b", "c"))
    assert replace(made, hosts=(replace(made.hosts[0], before="R0"), *made.hosts[1:])).previous == "R1"
