"""What a restricted key may ask for: the proxy itself, nothing that only looks like it."""

import pytest

from clawtui_agent.proxy import ours


@pytest.mark.parametrize(
    ("asked", "let_in"),
    [
        ("clawtui-agent proxy", True),
        ("/opt/clawtui/agent/current/clawtui-agent proxy --socket /run/x.sock", True),
        ("clawtui-agent", False),
        ("clawtui-agent run", False),
        ("sh -c 'clawtui-agent proxy'", False),
        ("rm -rf x; clawtui-agent proxy", False),
        ("/usr/lib/openssh/sftp-server", False),
        ("   ", False),
    ],
)
def test_only_the_proxy_is_ours(asked: str, let_in: bool) -> None:
    assert ours(asked) is let_in
