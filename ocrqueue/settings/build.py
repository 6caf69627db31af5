"""Puts given values together into `Settings` and collects every problem on the way."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.candidates import BackendsSettings, Candidate
from ocrqueue.settings.keys import Key, Raw, convert, convert_option, keys_of, located
from ocrqueue.settings.rules import RULE_KEYS, Rule, rule_of
from ocrqueue.settings.schema import SECTIONS, Settings
from ocrqueue.settings.template import problem_in

DEFAULT = "default"
BACKEND_NAME = re.compile(r"[a-z][a-z0-9-]*")  # so that a variable can spell it
OPTION_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
SCHEMES = ("redis://", "rediss://", "unix://")
CANDIDATE_KEYS = keys_of(Candidate)
KEYS: Mapping[str, Key] = {
    f"{section}.{name}": key
    for section, kind in SECTIONS.items()
    for name, key in keys_of(kind).items()
}


class Builder:
    """Values given so far, the later ones on top, and what is wrong with them."""

    def __init__(self, *, base: Path) -> None:
        """Start from the defaults; relative ones are relative to `base`."""
        self._values: dict[str, Any] = {}
        self._candidates = {c.name: c for c in BackendsSettings().candidates}
        self._rules: list[Rule] = []
        self._origins: dict[str, str] = {}
        self._problems: list[str] = []
        self._warnings: list[str] = []
        for name, key in KEYS.items():
            if isinstance(key.default, Path):
                self._values[name] = base / key.default

    def warn(self, message: str) -> None:
        """Note something odd that stops nothing."""
        self._warnings.append(message)

    def add_file(self, table: Mapping[str, Any], *, origin: str, folder: Path) -> None:
        """Take all values of a TOML file."""
        for section, values in table.items():
            if section == "backends":
                self._add_backends(values, origin=origin, folder=folder)
            elif section == "rules":
                self._add_rules(values, origin=origin, folder=folder)
            elif section not in SECTIONS:
                hint = _did_you_mean(section, [*SECTIONS, "backends", "rules"])
                self._problem(f"unknown section [{section}]{hint}", origin)
            elif not isinstance(values, dict):
                self._problem(f"{section} is a section, not a value: write [{section}]", origin)
            else:
                for name, value in values.items():
                    self.add(f"{section}.{name}", Raw(value=value, origin=origin, base=folder))

    def add(self, name: str, raw: Raw) -> None:
        """Take one value by its dotted name."""
        if name.startswith("backends."):
            self._add_to_candidate(name, raw)
        elif name not in KEYS:
            self._problem(f"unknown key {name}{_did_you_mean(name, KEYS)}", raw.origin)
        else:
            self._try(name, KEYS[name], raw)

    def spelled(self, parts: Sequence[str]) -> str:
        """Return the dotted name an environment variable means: names of backends lose hyphens."""
        if parts[0] != "backends" or len(parts) < 3:  # noqa: PLR2004 - backends, name, key
            return ".".join(parts)
        names = {name.lower().replace("-", "_"): name for name in self._candidates}
        return ".".join((parts[0], names.get(parts[1], parts[1]), *parts[2:]))

    def finish(self) -> Settings:
        """Return the settings.

        Raises:
            SettingsError: there were problems; it lists all of them.
        """
        sections = {
            section: kind(**{n: self._values[f"{section}.{n}"] for n in self._given(section)})
            for section, kind in SECTIONS.items()
        }
        settings = Settings(
            **sections,
            backends=BackendsSettings(candidates=tuple(self._candidates.values())),
            rules=tuple(self._rules),
            origins=self._all_origins(),
            warnings=tuple(self._warnings),
        )
        problems = [*self._problems, *_cross_check(settings)]
        if problems:
            count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
            raise SettingsError("\n  - ".join([f"{count} in the settings:", *problems]))
        return settings

    def _given(self, section: str) -> list[str]:
        return [n for n in keys_of(SECTIONS[section]) if f"{section}.{n}" in self._values]

    def _all_origins(self) -> dict[str, str]:
        names = list(KEYS)
        for candidate in self._candidates.values():
            own = [name for name in CANDIDATE_KEYS if name != "name"]
            names += [f"backends.{candidate.name}.{n}" for n in (*own, *candidate.options)]
        names += [f"rules.{n}.{key}" for n in range(1, len(self._rules) + 1) for key in RULE_KEYS]
        return {name: self._origins.get(name, DEFAULT) for name in names}

    def _problem(self, message: str, origin: str) -> None:
        self._problems.append(f"{message} ({origin})")

    def _try(self, name: str, key: Key, raw: Raw) -> None:
        try:
            self._values[name] = convert(raw, key)
            self._origins[name] = raw.origin
        except ValueError as error:
            self._problem(f"{name}: {error}", raw.origin)

    def _add_rules(self, entries: object, *, origin: str, folder: Path) -> None:
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            self._problem("rules are listed as [[rules]]", origin)
            return
        for number, entry in enumerate(entries, start=1):
            self._add_rule(entry, number, Raw(value=None, origin=origin, base=folder))

    def _add_rule(self, entry: Mapping[str, Any], number: int, raw: Raw) -> None:
        try:
            self._rules.append(rule_of(entry, origin=raw.origin, base=raw.base))
            self._origins |= {f"rules.{number}.{key}": raw.origin for key in entry}
        except ValueError as error:
            self._problem(f"rules number {number}: {error}", raw.origin)
            self._rules.append(Rule())  # so that the next one keeps its number

    def _add_backends(self, table: object, *, origin: str, folder: Path) -> None:
        entries = table.get("candidates", []) if isinstance(table, dict) else None
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            self._problem("backends are listed as [[backends.candidates]]", origin)
            return
        for name in table if isinstance(table, dict) else ():
            if name != "candidates":
                self._problem(f"unknown key backends.{name} (did you mean candidates?)", origin)
        for number, entry in enumerate(entries, start=1):
            self._add_entry(entry, number, Raw(value=None, origin=origin, base=folder))

    def _add_entry(self, entry: Mapping[str, Any], number: int, raw: Raw) -> None:
        name = entry.get("name")
        if not isinstance(name, str) or not BACKEND_NAME.fullmatch(name):
            message = f"backends.candidates number {number} has no usable name"
            self._problem(f"{message} (small letters, digits, hyphens)", raw.origin)
            return
        if name not in self._candidates:
            if not entry.get("model"):
                self._problem(f"backends.{name} has no model", raw.origin)
            self._candidates[name] = Candidate(name=name, model="")
        for key, value in entry.items():
            if key != "name":
                self._add_to_candidate(f"backends.{name}.{key}", replace(raw, value=value))

    def _add_to_candidate(self, name: str, raw: Raw) -> None:
        _, backend, *rest = name.split(".")
        if backend not in self._candidates:
            hint = _did_you_mean(backend, self._candidates)
            self._problem(f"{name}: no backend is called {backend}{hint}", raw.origin)
        elif len(rest) != 1 or rest[0] == "name" or not OPTION_NAME.fullmatch(rest[0]):
            self._problem(f"unknown key {name}", raw.origin)
        else:
            self._change_candidate(backend, rest[0], raw)

    def _change_candidate(self, backend: str, name: str, raw: Raw) -> None:
        old = self._candidates[backend]
        dotted = f"backends.{backend}.{name}"
        try:
            if key := CANDIDATE_KEYS.get(name):
                value = convert(raw, key)
                if name == "model":
                    value = located(value, raw.base)
                new = replace(old, **{name: value})
            else:
                option = convert_option(raw, name, old.options.get(name))
                new = replace(old, options={**old.options, name: option})
        except ValueError as error:
            self._problem(f"{dotted}: {error}", raw.origin)
            return
        self._candidates[backend] = new
        self._origins[dotted] = raw.origin


def _did_you_mean(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]}?" if close else ""


def _cross_check(settings: Settings) -> list[str]:
    problems = [*_check_routes(settings), *_check_templates(settings)]
    if settings.redis.url and not settings.redis.url.startswith(SCHEMES):
        problems.append(f"redis.url begins with none of {', '.join(SCHEMES)}")
    if settings.server.port and not settings.server.password and not settings.redis.url:
        # Other users of the machine reach a port, which file modes do not close.
        problems.append("server.port needs a server.password")
    return [f"{problem} ({_origin_of(problem, settings)})" for problem in problems]


def _check_routes(settings: Settings) -> list[str]:
    routes = {"reading.route": settings.reading.route}
    for number, rule in enumerate(settings.rules, start=1):
        if rule.route:
            routes[f"rules.{number}.route"] = rule.route
    return [problem for name, route in routes.items() for problem in _check(name, route, settings)]


def _check(key: str, route: Sequence[str], settings: Settings) -> list[str]:
    names = [candidate.name for candidate in settings.backends.candidates]
    problems = [
        f"{key} names an unknown backend {name}{_did_you_mean(name, names)}"
        for name in route
        if name not in names
    ]
    if not route:
        problems.append(f"{key} names no backend")
    if len(set(route)) != len(route):
        problems.append(f"{key} names a backend twice")
    return problems


def _check_templates(settings: Settings) -> list[str]:
    return [
        f"{name}: {problem}"
        for name, key in KEYS.items()
        if key.template and (problem := problem_in(getattr(settings.output, key.name)))
    ]


def _origin_of(problem: str, settings: Settings) -> str:
    return settings.origins.get(problem.split(maxsplit=1)[0].rstrip(":"), DEFAULT)
