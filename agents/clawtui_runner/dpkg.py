"""What dpkg knows."""

import re
import shutil
from typing import Dict, List, Optional

from clawtui_runner import processes

NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?")
VERSION = re.compile(r"([0-9A-Za-z][0-9A-Za-z.+:~-]*)?")


def installed(names: List[str], until: float) -> Dict[str, Optional[str]]:
    """The versions of those that are wholly installed; None for the others, and for all where there is no dpkg."""
    found: Dict[str, Optional[str]] = dict.fromkeys(names)
    if not names or shutil.which("dpkg-query") is None:
        return found
    argv = ["dpkg-query", "-W", "-f", "${Package}\\t${db:Status-Status}\\t${Version}\\n", "--", *names]
    for line in processes.run(argv, until).lines:
        name, _, rest = line.partition("\t")
        status, _, version = rest.partition("\t")
        for asked in names:
            if status == "installed" and asked.partition(":")[0] == name:
                found[asked] = version
    return found
