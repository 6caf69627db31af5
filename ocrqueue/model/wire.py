"""The codec of what crosses a process or lies on disk: plain JSON with a version, no pickle."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

from ocrqueue.model.wire_types import require_types

WIRE_VERSION = 1
BRIEF: Mapping[str, bool] = {"brief": True}  # metadata of a field that is left out at its default


class Record:
    """A dataclass that travels as JSON: field by field, in the order of its fields.

    A field that has a default may be missing from what is read; keys that are not known are
    ignored.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    versioned: ClassVar[bool] = False  # it says which version wrote it
    brief: ClassVar[bool] = False  # whatever has its default is left out; else see BRIEF

    def to_wire(self) -> Any:
        """Return plain JSON values."""
        wire: dict[str, Any] = {"version": WIRE_VERSION} if self.versioned else {}
        for field in fields(self):
            value = getattr(self, field.name)
            is_brief = self.brief or field.metadata.get("brief")
            if not is_brief or value != field.default:
                wire[field.metadata.get("wire", field.name)] = _plain(value)
        return wire

    @classmethod
    def from_wire(cls, wire: Any) -> Self:
        """Rebuild what was written.

        Raises:
            ValueError: the wire is of another version, misses a field or makes no sense.
        """
        try:
            if cls.versioned and wire.get("version") != WIRE_VERSION:
                raise ValueError(f"written by another version ({wire.get('version')!r:.60})")
            rebuilt = cls(
                **{
                    name: read(wire[key])
                    for name, (key, is_needed, read) in _readers(cls).items()  # type: ignore[arg-type]
                    if is_needed or key in wire
                }
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a {cls.__name__.lower()}: {error}") from error
        require_types(rebuilt)
        return rebuilt


def _plain(value: Any) -> Any:
    if hasattr(value, "to_wire"):
        return value.to_wire()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


@cache
def _readers(kind: Any) -> dict[str, tuple[str, bool, Callable[[Any], Any]]]:
    types = get_type_hints(kind)
    return {
        f.name: (f.metadata.get("wire", f.name), f.default is MISSING, _reader(types[f.name]))
        for f in fields(kind)
    }


def _reader(kind: Any) -> Callable[[Any], Any]:
    """Return what makes a value of this type from JSON; numbers and texts stay as they are."""
    inner = next((_reader(one) for one in get_args(kind)), _same)
    if get_origin(kind) is tuple:
        return lambda value: tuple(map(inner, value))
    if type(None) in get_args(kind):
        return lambda value: None if value is None else inner(value)
    if hasattr(kind, "from_wire"):
        return kind.from_wire  # type: ignore[no-any-return]
    if isinstance(kind, type) and is_dataclass(kind):
        return lambda value: _checked(kind(**value))
    return kind if isinstance(kind, type) and issubclass(kind, StrEnum) else _same


def _same(value: Any) -> Any:
    return value


def _checked(rebuilt: Any) -> Any:
    require_types(rebuilt)
    return rebuilt
