"""Real hosts for tests: OpenSSH and systemd in network namespaces of one machine, with faults on demand (root needed).

`make fleet ARGS="up 20 --systemd"` starts them by hand, the fixture `testbed` in `conftest.py` for tests.
"""
