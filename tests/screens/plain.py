"""A dozen made-up hosts in the real application, for tests under a pty."""

from clawtui.settings import Settings
from clawtui_screens.main import run
from tests.engine.synthetic import SyntheticEngine


def main(hosts: int = 12, services: int = 1) -> None:
    """Until it is left."""
    run(SyntheticEngine(hosts, services=services), Settings())


if __name__ == "__main__":
    main()
