"""What `ansible-inventory --list` prints, as a tree: dynamic sources, plug-ins and vaults are Ansible's own business."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from clawtui.errors import ConfigError
from clawtui.fleet.ansible.tree import ALL, Encrypted, Said, Tree
from clawtui.fleet.child import ProgramFailed, run_program
from clawtui.fleet.host import Origin

DEADLINE_S = 60.0
MOST_BYTES = 67_108_864
STRICT = {
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "True",
    "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_DEPRECATION_WARNINGS": "False",
}
# a source that Ansible cannot read ends it, instead of being a warning beside an empty list

Json = Mapping[str, object]


def ask_ansible(program: str, source: Path, project: Path, environ: Mapping[str, str]) -> Tree:
    """Run it in the project's folder, where its ansible.cfg lies; a failure says what it said."""
    try:
        ended = run_program(
            [program, "-i", str(source), "--list"],
            deadline_s=DEADLINE_S,
            limit=MOST_BYTES,
            folder=project,
            environ={**environ, **STRICT},
        )
    except ProgramFailed as error:
        raise ConfigError(f"ansible-inventory {error}", file=str(source)) from error
    if ended.status:
        message = f"ansible-inventory ended with {ended.status}: {ended.complaint or 'it says nothing'}"
        raise ConfigError(message, file=str(source))
    return parse_listing(ended.out, f"{source} (ansible-inventory)")


def parse_listing(printed: bytes, file: str) -> Tree:
    """The JSON of `--list`."""
    try:
        document: object = json.loads(printed)
    except (ValueError, RecursionError) as error:
        message = f"ansible-inventory printed no JSON: {str(error)[:120]}"
        raise ConfigError(message, file=file, line=getattr(error, "lineno", 0)) from error
    groups, tree, origin = _object(document, file, "the list"), Tree(), Origin(file)
    for name, body in groups.items():
        if name == "_meta":
            continue
        group = _object(body, file, name)
        tree.group(name)
        for host in _texts(group.get("hosts"), file, f"{name}.hosts"):
            tree.host(host, name, origin)
        for child in _texts(group.get("children"), file, f"{name}.children"):
            tree.child(name, child, origin)
    meta = _object(groups.get("_meta", {}), file, "_meta")
    for host, given in _object(meta.get("hostvars", {}), file, "hostvars").items():
        own = tree.hosts.get(host)
        if own is None:
            own = tree.host(host, ALL, origin)
        own.update({key: Said(_value(value), origin) for key, value in _object(given, file, host).items()})
    return tree


def _value(value: object) -> object:
    """Ansible marks what is sealed, and text that is no expression, by an object of one key."""
    if not isinstance(value, dict):
        return value
    marked = cast("Json", value)
    return Encrypted() if "__ansible_vault" in marked else marked.get("__ansible_unsafe", marked)


def _object(value: object, file: str, key: str) -> Json:
    if not isinstance(value, dict):
        raise ConfigError("ansible-inventory printed something else than an object here", file=file, key=key)
    return cast("Json", value)


def _texts(value: object, file: str, key: str) -> list[str]:
    items = cast("list[object]", value) if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(item, str) for item in items):
        raise ConfigError("ansible-inventory printed something else than names here", file=file, key=key)
    return cast("list[str]", items)


def with_places(tree: Tree, static: Tree) -> None:
    """Lines that our own reader knows: of hosts, and of values that are the same."""
    members = static.memberships()
    for host, own in tree.hosts.items():
        if host not in static.hosts:
            continue
        tree.origins[host] = static.origins[host]
        known = static.merged(host, members[host])
        for key, said in own.items():
            if key in known and known[key].value == said.value:
                own[key] = known[key]
