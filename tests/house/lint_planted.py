"""Run by test_contracts in a process of its own: plant one import after the other and say which contracts notice.

Arguments: a copied tree with pyproject.toml. Input: JSON, `[[contract, file, line], …]`. Output: JSON, `{"sound": {contract:
kept}, "planted": [kept, …]}`. Import-linter caches what it parsed a file, so each round reads one file again.
"""

import json
import os
import sys
from pathlib import Path

from importlinter import configuration
from importlinter.application import use_cases
from importlinter.application.user_options import UserOptions


def main() -> None:
    """Everything once without plants, then each plant by itself."""
    configuration.configure()
    tree = Path(sys.argv[1])
    os.chdir(tree)
    sys.path[:0] = [str(tree), str(tree / "screens"), str(tree / "agents")]
    sound = kept("")
    planted = []
    for contract, file, line in json.load(sys.stdin):
        where = tree / file
        before = where.read_bytes() if where.exists() else None
        where.write_bytes((before or b"") + f"\n{line}\n".encode())
        planted.append(kept(contract)[contract])
        if before is None:
            where.unlink()
        else:
            where.write_bytes(before)
    json.dump({"sound": sound, "planted": planted}, sys.stdout)


def kept(only: str) -> dict[str, bool]:
    """Which contracts hold, by name; all of them or only one."""
    asked = use_cases.read_user_options("pyproject.toml")
    use_cases._register_contract_types(asked)  # what its own command does first
    chosen = [contract for contract in asked.contracts_options if only in ("", contract["name"])]
    report = use_cases.create_report(UserOptions(asked.session_options, chosen), cache_dir=".cache")
    return {contract.name: check.kept for contract, check in report.get_contracts_and_checks()}


if __name__ == "__main__":
    main()
