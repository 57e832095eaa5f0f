"""The engine's end of a runner's line, for tests: asks, collects output, waits for the answer."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[3] / "agents" / "clawtui_runner"
ANSWER_S = 60.0
MAIN = "import sys\nfrom clawtui_runner.__main__ import main\nsys.exit(main(sys.argv[1:]))\n"


def packed(folder: Path) -> Path:
    """The program as it is sent: one file, named by its digest."""
    part = folder / "part"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__main__.py", MAIN)
        for file in sorted(PACKAGE.rglob("*.py")):
            archive.writestr(str(file.relative_to(PACKAGE.parent)), file.read_bytes())
    return part.rename(folder / f"{sha256(part.read_bytes()).hexdigest()}.pyz")


class Refused(Exception):
    """The runner's own error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['words']}")
        self.error = error
        self.code = error["code"]


@dataclass
class Line:
    """One runner that serves."""

    argv: list[str]
    process: "subprocess.Popen[bytes]" = field(init=False)
    hello: dict[str, Any] = field(init=False)
    out: list[str] = field(default_factory=list[str])
    # of the last answer
    spare: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    # answers that somebody else waits for
    _data: bytes = b""
    _id: int = 0

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        self.hello = self.message()

    def send(self, do: str, **words: Any) -> int:
        """Without waiting."""
        self._id += 1
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"id": self._id, "do": do, **words}).encode() + b"\n")
        self.process.stdin.flush()
        return self._id

    def ask(self, do: str, **words: Any) -> dict[str, Any]:
        """The answer; Refused where it is an error."""
        return self.answer(self.send(do, **words))

    def answer(self, number: int) -> dict[str, Any]:
        """To a question that was sent."""
        self.out = []
        while True:
            message = next((m for m in self.spare if m["id"] == number), None)
            if message is not None:
                self.spare.remove(message)
            else:
                message = self.message()
            if message["id"] != number:
                self.spare.append(message)
            elif "out" in message:
                self.out.append(message["out"])
            elif message["ok"]:
                return message
            else:
                raise Refused(message["error"])

    def message(self, within_s: float = ANSWER_S) -> dict[str, Any]:
        """The next line."""
        assert self.process.stdout is not None
        until = time.monotonic() + within_s
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._data:
                if not selector.select(max(0.0, until - time.monotonic())):
                    raise TimeoutError(f"no line in {within_s} s")
                piece = os.read(self.process.stdout.fileno(), 65536)
                if not piece:
                    assert self.process.stderr is not None
                    raise EOFError(f"the runner ended: {self.process.stderr.read().decode()[-2000:]}")
                self._data += piece
        line, _, self._data = self._data.partition(b"\n")
        return json.loads(line)

    def step(
        self, kind: str, *, step_id: str = "", secret: dict[str, str] | None = None, **params: Any
    ) -> dict[str, Any]:
        """A step as messages carry it."""
        deadline = params.pop("deadline_s", 120)
        return {
            "id": step_id or f"01-{kind}",
            "kind": kind,
            "params": params,
            "secret": secret or {},
            "deadline_s": deadline,
        }

    def check(self, kind: str, **words: Any) -> dict[str, Any]:
        return self.ask("check", step=self.step(kind, **words))

    def apply(self, kind: str, **words: Any) -> dict[str, Any]:
        return self.ask("apply", step=self.step(kind, **words))

    def undo(self, kind: str, **words: Any) -> dict[str, Any]:
        return self.ask("undo", step=self.step(kind, **words))

    def lock(self, rollout: str = "r1", **words: Any) -> dict[str, Any]:
        return self.ask(
            "lock", **{"rollout": rollout, "owner": "ann", "from": "laptop", "take": False, "reason": "", **words}
        )

    def records(self, *what: str) -> list[dict[str, Any]]:
        """Of the journal, those of these kinds."""
        records = self.ask("journal", after=0)["records"]
        return [record for record in records if not what or record["what"] in what]

    def hang_up(self, within_s: float = ANSWER_S) -> int:
        """As a lost operator does; the runner's exit code."""
        assert self.process.stdin is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        return self.process.wait(within_s)

    def kill(self) -> None:
        """-9, the runner itself."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(ANSWER_S)

    def close(self) -> None:
        """Leaves nothing."""
        try:
            self.hang_up(10)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self.kill()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def here(program: Path, *words: str, python: str = "") -> list[str]:
    """The command line of a runner on this machine."""
    return [python or sys.executable, "-I", "-S", str(program), *(words or ("serve",))]
