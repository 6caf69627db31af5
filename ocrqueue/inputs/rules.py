"""Which rules of the settings hold for an input: who reads it, and may its pages leave?"""

from functools import lru_cache
from pathlib import Path, PurePath

from ocrqueue.inputs.globs import matcher
from ocrqueue.inputs.walk import Found
from ocrqueue.model.place import Place
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_remote import Rule


def may_leave(found: Found, settings: Settings) -> bool:
    """Return whether pages of an input may leave this machine.

    One rule that forbids wins, whatever else is said; `--local-only` wins over rules that allow.
    """
    if is_forbidden(found, settings):
        return False
    said = {rule.allow_remote for rule in settings.rules if holds(rule, found)}
    if settings.is_flag("remote.allowed"):
        return settings.remote.allowed
    return True in said or settings.remote.allowed


def is_forbidden(found: Found, settings: Settings) -> bool:
    """Return whether a rule says that pages of an input stay on this machine."""
    return any(rule.allow_remote is False and holds(rule, found) for rule in settings.rules)


def route_of(found: Found, settings: Settings) -> tuple[str, ...]:
    """Return who may read an input, in order; `--route` and `--backend` win over rules."""
    if settings.is_flag("reading.route"):
        return settings.reading.route
    routes = (rule.route for rule in settings.rules if rule.route and holds(rule, found))
    return next(routes, settings.reading.route)


def holds(rule: Rule, found: Found) -> bool:
    """Return whether a rule holds for an input, by whichever way its file was reached.

    A glob is compared with the path as it was found and with the whole path of the file: a rule
    must not fail because the folder that it names was given on the command line itself.
    """
    real = found.source.resolve() if isinstance(found.source, Path) else found.source
    if rule.folder is not None and not (
        _is_below(found.source.parent, rule.folder) or _is_below(real.parent, rule.folder)
    ):
        return False
    if not rule.glob:
        return True
    paths = (found.relative, *(PurePath(*path.parts[1:]) for path in (found.source, real)))
    return any(map(matcher([rule.glob]), paths))


@lru_cache(maxsize=1024)
def _is_below(folder: Place, top: Place) -> bool:
    """Return whether a folder is another one or lies in it, however both are spelled."""
    return any(_is_same(above, top) for above in (folder, *folder.parents))


def _is_same(one: PurePath, other: PurePath) -> bool:
    try:
        return one.samefile(other) if isinstance(one, Path) else one == other
    except OSError:
        return one == other
