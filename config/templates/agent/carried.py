"""Runs on a host without an agent: the agent's modules come along in memory, nothing is written. Needs Python 3.9."""

import base64
import json
import sys
import zlib

if sys.version_info < (3, 9):
    sys.exit("python3 here is %d.%d, the script needs 3.9 or newer" % sys.version_info[:2])

import importlib.abc
import importlib.util

SOURCES = json.loads(zlib.decompress(base64.b64decode("@SOURCES@")))


class Carried(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules of the agent in SOURCES."""

    def find_spec(self, name, path=None, target=None):
        """Ours or nobody's."""
        place = name.replace(".", "/")
        for file in (place + ".py", place + "/__init__.py"):
            if file.startswith("clawtui_agent/") and file[len("clawtui_agent/") :] in SOURCES:
                spec = importlib.util.spec_from_loader(name, self, is_package=file.endswith("__init__.py"))
                spec.loader_state = SOURCES[file[len("clawtui_agent/") :]]
                return spec
        return None

    def exec_module(self, module):
        """Compile and run."""
        exec(compile(module.__spec__.loader_state, module.__name__, "exec"), module.__dict__)


sys.meta_path.insert(0, Carried())

from clawtui_agent.discover import main

sys.exit(main())
