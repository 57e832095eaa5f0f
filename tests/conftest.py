"""For all tests: what needs root says so, and in CI a test that must run and is skipped is a failure."""

import os
from collections.abc import Generator

import pytest

MAY_SKIP = "may_skip(reason): left out where the machine lacks something that CI may lack too; all other skips fail CI"


def pytest_configure(config: pytest.Config) -> None:
    """The one marker that this file gives a meaning to."""
    config.addinivalue_line("markers", MAY_SKIP)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with real hosts are left out without root, by name."""
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason="needs root: sudo make test"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where nobody would see it."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and must_run(item, os.environ.get("CI", "")):
        words = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where it must run ({words}); mark it may_skip(reason) if it need not"
    return report


def must_run(item: pytest.Item, ci: str) -> bool:
    """CI sets `CI=true`; only may_skip excuses there."""
    return ci.lower() in ("true", "1") and item.get_closest_marker("may_skip") is None
