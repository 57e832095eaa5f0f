"""What a message or a step says, read with its type; a wrong one is refused by name."""

from typing import Dict, List, NamedTuple, Union, cast

from clawtui_runner.fault import Fault, Record


class Params(NamedTuple):
    """A JSON object; `where` begins the sentence about what is wrong in it."""

    where: str
    values: Record

    def __contains__(self, key: object) -> bool:
        """Is it there, and not null?"""
        return self.values.get(cast("str", key)) is not None

    def text(self, key: str, default: Union[str, None] = None) -> str:
        """Text; without a default it must be there."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(key, "text")
        return value

    def whole(self, key: str, default: Union[int, None] = None) -> int:
        """A whole number."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "a whole number")
        return value

    def number(self, key: str, default: Union[float, None] = None) -> float:
        """Any number."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise self.wrong(key, "a number")
        return float(value)

    def flag(self, key: str) -> bool:
        """True only where it says so."""
        return self.values.get(key) is True

    def texts(self, key: str) -> List[str]:
        """A list of text; nothing where it is absent."""
        found: List[str] = []
        for item in self.items(key):
            if not isinstance(item, str):
                raise self.wrong(key, "a list of text")
            found.append(item)
        return found

    def table(self, key: str) -> "Params":
        """An object; an empty one where it is absent."""
        value = self.values.get(key, {})
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong(key, "an object")
        return Params(f"{self.where}.{key}", cast("Record", value))

    def tables(self, key: str) -> List["Params"]:
        """A list of objects."""
        found: List[Params] = []
        for number, item in enumerate(self.items(key)):
            if not isinstance(item, dict):
                raise self.wrong(key, "a list of objects")
            found.append(Params(f"{self.where}.{key}[{number}]", cast("Record", item)))
        return found

    def words(self) -> Dict[str, str]:
        """All of it as text by name."""
        return {key: self.text(key) for key in self.values}

    def items(self, key: str) -> List[object]:
        """A list of anything."""
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return cast("List[object]", value)

    def wrong(self, key: str, wanted: str) -> Fault:
        """The refusal."""
        return Fault("refused", f"{self.where}.{key}: must be {wanted}; was this plan made by another version?")
