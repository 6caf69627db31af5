"""How settings come to be: defaults, then a TOML file, then the environment, then flags."""

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.build import Builder
from ocrqueue.settings.keys import FLAG, Source, to_text
from ocrqueue.settings.schema import Settings

PREFIX = "OCRQUEUE_"
CONFIG_VARIABLE = "OCRQUEUE_CONFIG"
ENVIRONMENT = "environment"
# Of other programs: where these are relative, they are so to the folder of whoever set them.
PLACES = ("HF_HOME", "HF_HUB_CACHE", "SSL_CERT_DIR", "SSL_CERT_FILE", "XDG_CACHE_HOME")


def load(
    config_file: Path | None,
    environ: Mapping[str, str],
    flags: Mapping[str, object],
    *,
    cwd: Path | None = None,
) -> Settings:
    """Return the settings that the file, the environment and the flags make together.

    A flag wins over the environment, the environment over the file. Without `config_file`, the
    file that OCRQUEUE_CONFIG names is read; where that is not set, the user's own one (`own_file`),
    if there is one. Paths are relative to the folder of the file they stand in, else to `cwd` (the
    current folder); all come out absolute.

    Raises:
        SettingsError: lists every unknown key and every bad value, with where it came from; or the
            file cannot be read, or the user's own one is not the user's.
    """
    base = cwd or Path.cwd()
    named = config_file or environ.get(CONFIG_VARIABLE)
    file = base / named if named else None
    if not file and CONFIG_VARIABLE not in environ:
        file = own_file(environ)
    builder = Builder(base=base)
    if file:
        builder.add_file(_read(file), Source(origin=f"file {file}", base=file.parent))
    for key, value in _from_environ(environ, builder):
        builder.add(key, value, Source(origin=ENVIRONMENT, base=base, text=True))
    for key, flag in flags.items():
        builder.add(key, flag, Source(origin=FLAG, base=base, text=True))
    return replace(builder.finish(), config_file=file)


def own_file(environ: Mapping[str, str]) -> Path | None:
    """Return the user's own configuration, if there is one.

    https://specifications.freedesktop.org/basedir-spec/latest/ says where, on a Mac too, and that a
    relative XDG_CONFIG_HOME does not count: it would lead into the current folder.

    Raises:
        SettingsError: somebody else may have written it. Nobody named it, and it may name programs.
    """
    places = Path(environ.get("XDG_CONFIG_HOME", "")), Path(environ.get("HOME", ""), ".config")
    folder = next((place for place in places if place.is_absolute()), None)
    if not folder:
        return None
    file = folder / "ocrqueue" / "config.toml"
    try:
        found = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return file  # who reads it is told why he cannot
    if found.st_uid not in (0, os.getuid()) or found.st_mode & stat.S_IWOTH:
        raise SettingsError(f"{file} must be yours, and for nobody else to change (chmod o-w)")
    return file


def from_environment(
    flags: Mapping[str, object] | None = None, *, config_file: Path | None = None
) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: as `load` does.
    """
    return load(config_file, os.environ, flags or {})


def child_environ(settings: Settings) -> dict[str, str]:
    """Return this process's environment, changed so that a child comes to the same settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    kept |= {k: str(Path(kept[k]).absolute()) for k in PLACES if kept.get(k)}
    return {**kept, **to_environ(settings)}


def to_environ(settings: Settings) -> dict[str, str]:
    """Return the variables from which another process, in any folder, loads the same settings.

    Values that were replaced after loading are told as well.
    """
    file = {CONFIG_VARIABLE: str(settings.config_file or "")}  # "": nor what lies at home
    told = {
        PREFIX + name.upper().replace(".", "__").replace("-", "_"): to_text(value, key)
        for name, key, value in settings.values()
        if not name.startswith(("rules.", "roots."))  # the file has them
        and (value != key.default or settings.is_given(name))
    }
    return {**file, **told}


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"the configuration file {file} cannot be read: {reason}") from error


def _from_environ(environ: Mapping[str, str], builder: Builder) -> Iterator[tuple[str, str]]:
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        parts = variable.removeprefix(PREFIX).lower().split("__")
        if len(parts) == 1:
            builder.warn(f"{variable} is no setting (settings look like OCRQUEUE_SECTION__KEY)")
        else:
            yield builder.spelled(parts), value
