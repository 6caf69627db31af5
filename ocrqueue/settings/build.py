"""Puts given values together into `Settings` and collects every problem on the way."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.engines import COME_ALONG, Candidate, is_here
from ocrqueue.settings.keys import DEFAULT, Key, Source, convert, keys_of
from ocrqueue.settings.schema import KEYS, SECTIONS, Settings
from ocrqueue.settings.schema_remote import Rule, rule_of
from ocrqueue.settings.schema_roots import Root, root_of
from ocrqueue.settings.template import problem_in

BACKEND_NAME = re.compile(r"[a-z][a-z0-9-]*")  # so that a variable can spell it
_Listed = TypeVar("_Listed")
SCHEMES = ("redis://", "rediss://", "unix://")


class Builder:
    """Values given so far, the later ones on top, and what is wrong with them."""

    def __init__(self, *, base: Path) -> None:
        """Start from the defaults; relative ones are relative to `base`."""
        self._kinds: dict[str, Any] = {
            **SECTIONS,
            **{f"backends.{name}": type(one) for name, one in COME_ALONG.items()},
        }
        self._values: dict[str, dict[str, Any]] = {table: {} for table in self._kinds}
        self._rules: list[Rule] = []
        self._roots: list[Root] = []
        self._origins: dict[str, str] = {}
        self._problems: list[str] = []
        self._warnings: list[str] = []
        for name, key in KEYS.items():
            if isinstance(key.default, Path):
                self._values[name.partition(".")[0]][key.name] = base / key.default

    def warn(self, message: str) -> None:
        """Note something odd that stops nothing."""
        self._warnings.append(message)

    def add_file(self, content: Mapping[str, Any], source: Source) -> None:
        """Take all values of a TOML file; `source` says which."""
        for section, values in content.items():
            if section == "backends":
                self._add_backends(values, source)
            elif section == "rules":
                self._rules += self._listed(values, section, source, rule_of, Rule())
            elif section == "roots":
                self._roots += self._listed(values, section, source, root_of, Root())
            elif section not in SECTIONS:
                hint = _did_you_mean(section, [*SECTIONS, "backends", "rules", "roots"])
                self._problem(f"unknown section [{section}]{hint}", source)
            elif not isinstance(values, dict):
                self._problem(f"{section} is a section, not a value: write [{section}]", source)
            else:
                for name, value in values.items():
                    self.add(f"{section}.{name}", value, source)

    def add(self, name: str, value: object, source: Source) -> None:
        """Take one value by its dotted name."""
        table, _, last = name.rpartition(".")
        _, _, backend = table.partition("backends.")
        if backend and table not in self._kinds:
            hint = _did_you_mean(backend, self._backends())
            self._problem(f"{name}: no backend is called {backend}{hint}", source)
        elif key := keys_of(self._kinds[table]).get(last) if table in self._kinds else None:
            try:
                self._values[table][last] = convert(value, key, source)
                self._origins[name] = source.origin
            except ValueError as error:
                self._problem(f"{name}: {error}", source)
        else:
            known = [
                f"{table}.{key}" for table, kind in self._kinds.items() for key in keys_of(kind)
            ]
            self._problem(f"unknown key {name}{_did_you_mean(name, known)}", source)

    def spelled(self, parts: Sequence[str]) -> str:
        """Return the dotted name an environment variable means: names of backends lose hyphens."""
        if parts[0] != "backends" or len(parts) < 3:  # noqa: PLR2004 - backends, name, key
            return ".".join(parts)
        names = {name.replace("-", "_"): name for name in self._backends()}
        return ".".join((parts[0], names.get(parts[1], parts[1]), *parts[2:]))

    def finish(self) -> Settings:
        """Return the settings.

        Raises:
            SettingsError: there were problems; it lists all of them.
        """
        made = {table: kind(**self._values[table]) for table, kind in self._kinds.items()}
        settings = Settings(
            **{section: made[section] for section in SECTIONS},
            candidates={one.name: one for one in made.values() if isinstance(one, Candidate)},
            rules=tuple(self._rules),
            roots=tuple(self._roots),
            warnings=tuple(self._warnings),
        )
        origins = {name: self._origins.get(name, DEFAULT) for name, _, _ in settings.values()}
        settings = replace(settings, origins=origins)
        problems = [*self._problems, *_cross_check(settings)]
        if problems:
            count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
            raise SettingsError("\n  - ".join([f"{count} in the settings:", *problems]))
        return settings

    def _backends(self) -> list[str]:
        return [table.partition(".")[2] for table in self._kinds if table not in SECTIONS]

    def _problem(self, message: str, source: Source) -> None:
        self._problems.append(f"{message} ({source.origin})")

    def _listed(
        self,
        entries: object,
        section: str,
        source: Source,
        read: Callable[[Mapping[str, Any], Source], _Listed],
        odd: _Listed,
    ) -> Iterator[_Listed]:
        """Yield what is listed; one that is `odd` instead lets the next one keep its number."""
        for number, entry in enumerate(self._tables(entries, section, source), start=1):
            try:
                self._origins |= {f"{section}.{number}.{key}": source.origin for key in entry}
                yield read(entry, source)
            except ValueError as error:
                self._problem(f"{section} number {number}: {error}", source)
                yield odd

    def _add_backends(self, table: object, source: Source) -> None:
        content = table if isinstance(table, dict) else {"candidates": None}
        for name in content:
            if name != "candidates":
                self._problem(f"unknown key backends.{name} (did you mean candidates?)", source)
        entries = self._tables(content.get("candidates", []), "backends", source)
        for number, entry in enumerate(entries, start=1):
            self._add_backend(entry, number, source)

    def _add_backend(self, entry: Mapping[str, Any], number: int, source: Source) -> None:
        name = entry.get("name")
        if not isinstance(name, str) or not BACKEND_NAME.fullmatch(name):
            message = f"backends.candidates number {number} has no usable name"
            self._problem(f"{message} (small letters, digits, hyphens)", source)
            return
        table = f"backends.{name}"
        if table not in self._kinds:
            if not entry.get("model"):
                self._problem(f"{table} has no model", source)
            self._kinds[table], self._values[table] = Candidate, {"name": name, "model": ""}
        for key, value in entry.items():
            if key != "name":
                self.add(f"{table}.{key}", value, source)

    def _tables(self, entries: object, what: str, source: Source) -> Iterable[Mapping[str, Any]]:
        if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
            return entries
        listed = "backends.candidates" if what == "backends" else what
        self._problem(f"{what} are listed as [[{listed}]]", source)
        return ()


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f", did you mean {close[0]}?" if close else ""


def _cross_check(settings: Settings) -> Iterator[str]:
    for name, key, value in settings.values():
        for problem in _problems_of(name, key, value, settings):
            yield f"{name}{problem} ({settings.origins[name]})"


def _problems_of(name: str, key: Key, value: Any, settings: Settings) -> Iterator[str]:
    """Yield what is wrong with a value, beside the others; as the end of a sentence."""
    if name.endswith(".route") and (value or not name.startswith("rules.")):
        yield from _problems_of_route(value, list(settings.candidates))
    elif key.template and (problem := problem_in(value)):
        yield f": {problem}"
    elif name == "redis.url" and value and not value.startswith(SCHEMES):
        yield f" begins with none of {', '.join(SCHEMES)}"
    elif name == "on_done.url" and value:
        yield from filter(None, [_problem_of_url(value)])
    elif name == "server.port" and value and not (settings.server.password or settings.redis.url):
        # Other users of the machine reach a port, which file modes do not close.
        yield " needs a server.password"


def _problems_of_route(route: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    for backend in route:
        if backend not in names:
            yield f" names an unknown backend {backend}{_did_you_mean(backend, names)}"
    if not route:
        yield " names no backend"
    if len(set(route)) != len(route):
        yield " names a backend twice"


def _problem_of_url(url: str) -> str:
    """Return what is wrong with the address of a hook, as the end of a sentence; "" if nothing is.

    What it returns does not repeat the address, which may hold a secret.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return " is no address such as https://hooks.example/ocrqueue"
    odd = any(letter.isspace() or not letter.isprintable() for letter in url)
    if parts.scheme not in ("http", "https") or not host or odd or not url.isascii():
        return " is no address such as https://hooks.example/ocrqueue"
    if parts.username is not None or parts.fragment:
        return " holds a user, a password or a fragment"
    if parts.scheme == "http" and not is_here(url):
        return " must begin with https: names of documents would go there unencrypted"
    return ""
