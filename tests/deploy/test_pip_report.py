"""Digests as one pip and another tell them."""

from clawtui.deploy.pip_report import digests


def told(archive: dict[str, object]) -> dict[str, str]:
    return digests({"download_info": {"url": "https://index.example/x.whl", "archive_info": archive}})


def test_a_digest_is_read_from_an_old_pip_and_from_a_new_one() -> None:
    assert (
        told({"hash": "sha256=ab12"})
        == told({"hash": "sha256=ab12", "hashes": {"sha256": "ab12"}})
        == {"sha256": "ab12"}
    )


def test_an_index_that_tells_none_is_no_failure() -> None:
    assert told({}) == {}
    assert digests({"download_info": {"dir_info": {}}}) == {}
