"""The units of a dead-man, as systemd would read them."""

import shlex

from clawtui_runner.deadman import SERVICE, quoted


def test_a_path_stays_one_word_whatever_is_in_it() -> None:
    for path in ("/srv/bot", "/srv/100% of $HOME/bot", '/srv/a"b\\c/bot'):
        text = SERVICE.format(
            service="bot", rollout="r1", fence=1, python="/usr/bin/python3", program=quoted("/x"), folder=quoted(path)
        )
        line = next(line for line in text.splitlines() if line.startswith("ExecStart="))
        words = shlex.split(line.removeprefix("ExecStart="))
        assert [word.replace("%%", "%").replace("$$", "$") for word in words[-3:]] == [path, "r1", "1"]
