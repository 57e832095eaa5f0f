"""Units that a plan names, and who listens on the ports that it wants."""

import re
import shutil
import time
from typing import Dict, Optional

from clawtui_runner import processes, systemd
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place

OWNER = re.compile(r'\(\("([^"]*)",pid=(\d+)')


def gather(place: Place, asked: Params) -> Record:
    """Unit → state; port → who listens, None where nobody does."""
    units = {unit: systemd.show(unit) for unit in asked.texts("units")} if systemd.there() else {}
    wanted = [int(str(port)) for port in asked.items("ports") if str(port).isdigit()]
    taken = listening() if wanted else {}
    return {"units": units, "ports": {str(port): taken.get(port) for port in wanted}}


def listening() -> Dict[int, Record]:
    """Port → pid, program and unit of whoever listens, by `ss`."""
    if shutil.which("ss") is None:
        return {}
    found: Dict[int, Record] = {}
    for line in processes.run(("ss", "-Hltnp"), time.monotonic() + 30).lines:
        words = line.split()
        if len(words) > 3 and words[3].rpartition(":")[2].isdigit():
            owner = OWNER.search(line)
            pid = int(owner.group(2)) if owner else None
            program = owner.group(1) if owner else ""
            found[int(words[3].rpartition(":")[2])] = {"pid": pid, "program": program, "unit": unit_of(pid)}
    return found


def unit_of(pid: Optional[int]) -> str:
    """The unit whose process it is, by its cgroup."""
    if pid is None:
        return ""
    try:
        with open(f"/proc/{pid}/cgroup") as file:
            groups = file.read()
    except OSError:
        return ""
    found = re.findall(r"/([^/\n]+\.(?:service|scope))\b", groups)
    return str(found[-1]) if found else ""
