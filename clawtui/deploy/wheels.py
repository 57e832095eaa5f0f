"""Do the wheels of a lock fit the interpreter that a host really runs: answered before anything changes there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.deploy.pinned import Lock, Pinned, twice
from clawtui.deploy.target import Target, tags

OTHERWISE = "choose another version of it, or another `python` for the service"


@dataclass(frozen=True, slots=True)
class Misfit:
    """One package that cannot be installed there."""

    package: str
    words: str

    def __str__(self) -> str:
        return self.words


def misfits(lock: Lock, target: Target) -> tuple[Misfit, ...]:
    """All that the lock itself tells: its Python, versions that exclude each other, and wheels where it names them."""
    if words := _too_old(lock, target):
        return (Misfit("python", words),)
    counted = lock.of(target)
    double = [Misfit(name, f"{name} stands in {lock.file} in two versions for {target}") for name in twice(counted)]
    return (*double, *(Misfit(one.name, words) for one in counted if (words := unfit(one, target))))


def unasked(lock: Lock, target: Target) -> tuple[Pinned, ...]:
    """Packages whose files only an index knows."""
    return tuple(one for one in lock.of(target) if one.wheels is None)


def unfit(one: Pinned, target: Target) -> str:
    """Why none of a package's wheels fits; empty where one does, or where the lock does not say its wheels."""
    if one.wheels is None or any(_fits(wheel, target) for wheel in one.wheels):
        return ""
    return no_wheel(one, target, made=one.wheels)


def no_wheel(one: Pinned, target: Target, *, made: Sequence[str] = ()) -> str:
    """The sentence for a plan, with what there is instead."""
    has = f"there are {_made_for(made, target)}" if made else "there is no wheel of it at all, and hosts build nothing"
    return f"package {one.name} {one.version} has no wheel for {target}: {has}; {OTHERWISE}"


def too_new(one: Pinned, target: Target, needs: str) -> str:
    """A wheel that would fit and does not want to."""
    return f"package {one.name} {one.version} needs Python {needs}, and the host runs {target.python}; {OTHERWISE}"


def allows(needs: str, target: Target) -> bool:
    """Does a package's own rule for versions of Python let this one in?"""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(needs).contains(target.python, prereleases=True)
    except InvalidSpecifier:
        return True  # pip lets it in, too


def _too_old(lock: Lock, target: Target) -> str:
    if allows(lock.requires_python, target):
        return ""
    return f"{lock.file} is for Python {lock.requires_python} and the host runs {target.python}; {OTHERWISE}"


def _fits(wheel: str, target: Target) -> bool:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        made = parse_wheel_filename(wheel)[3]
    except InvalidWheelFilename:
        return False
    return not {str(tag) for tag in made}.isdisjoint(tags(target))


def _made_for(wheels: Sequence[str], target: Target) -> str:
    """ "wheels for cp310, cp311 on aarch64": of that machine, else of Linux, else of anything."""
    parts = [wheel.removesuffix(".whl").split("-")[-3:] for wheel in wheels]
    tagged = [(part[0], part[2]) for part in parts if len(part) == 3]
    for wanted in (f"linux.*_{re.escape(target.machine)}", "linux", ""):
        if near := [one for one in tagged if re.search(wanted, one[1])]:
            # cp39 before cp310
            pythons = sorted({one[0] for one in near}, key=lambda python: (len(python), python))
            return f"wheels for {_some(pythons)} on {_some(sorted({one[1].split('.')[0] for one in near}))}"
    return "files that are no wheels"


def _some(words: Sequence[str]) -> str:
    return ", ".join(words[:4]) + (" …" if len(words) > 4 else "")
