"""The user's own configuration: found where nothing else is named, and nobody else's."""

import os
from pathlib import Path

import pytest

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.load import load, to_environ

NOBODY = 65534


def at_home(folder: Path) -> Path:
    """Return the place of a user's own configuration, below his home."""
    file = folder / ".config" / "ocrqueue" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def test_the_own_file_is_read_where_none_is_named(tmp_path: Path) -> None:
    """~/.config/ocrqueue/config.toml, unless a flag or OCRQUEUE_CONFIG names another; "": none."""
    file, home = at_home(tmp_path), {"HOME": str(tmp_path)}
    file.write_text('[render]\ndpi = 98\n[logging]\nfile = "log"\n', encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text("[render]\ndpi = 99\n", encoding="utf-8")

    loaded = load(None, home, {})

    assert (loaded.render.dpi, loaded.config_file) == (98, file)
    assert loaded.logging.file == file.parent / "log"
    assert load(None, {**home, "OCRQUEUE_CONFIG": str(other)}, {}).render.dpi == 99
    assert load(other, home, {}).render.dpi == 99
    assert load(None, {**home, "OCRQUEUE_CONFIG": ""}, {}) == load(None, {}, {})
    assert load(None, {**home, "OCRQUEUE_RENDER__DPI": "97"}, {}).render.dpi == 97


def test_the_own_file_lies_where_the_variable_of_the_desktop_says(tmp_path: Path) -> None:
    """XDG_CONFIG_HOME wins over ~/.config; a relative one does not count."""
    file, home = at_home(tmp_path), {"HOME": str(tmp_path)}
    file.write_text("[render]\ndpi = 98\n", encoding="utf-8")
    (tmp_path / "there" / "ocrqueue").mkdir(parents=True)
    (tmp_path / "there" / "ocrqueue" / "config.toml").write_text("[render]\ndpi = 97\n", "utf-8")

    def dpi(folder: str) -> int:
        return load(None, {**home, "XDG_CONFIG_HOME": folder}, {}, cwd=tmp_path).render.dpi

    assert dpi(str(tmp_path / "there")) == 97
    assert dpi("there") == dpi("") == 98
    assert dpi(str(tmp_path / "nowhere")) == 200


def test_an_own_file_that_others_may_change_is_refused(tmp_path: Path) -> None:
    """It may name programs; a file that was named is the user's own business."""
    file, home = at_home(tmp_path), {"HOME": str(tmp_path)}
    file.write_text("[render]\ndpi = 98\n", encoding="utf-8")

    file.chmod(0o666)
    with pytest.raises(SettingsError, match="must be yours"):
        load(None, home, {})
    assert load(file, home, {}).render.dpi == 98  # he named it
    file.chmod(0o644)
    assert load(None, home, {}).render.dpi == 98


@pytest.mark.skipif(os.getuid() != 0, reason="gives a file to another user: needs root")
def test_an_own_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """Whoever it belongs to could change it, whatever its mode; root is refused it as well."""
    file = at_home(tmp_path)
    file.write_text("[render]\ndpi = 98\n", encoding="utf-8")
    os.chown(file, NOBODY, -1)

    with pytest.raises(SettingsError, match="must be yours"):
        load(None, {"HOME": str(tmp_path)}, {})


def test_a_child_reads_no_file_that_its_parent_has_not_read(tmp_path: Path) -> None:
    """What lies at home by now is not what the parent's settings were made of."""
    ours = load(None, {}, {})
    at_home(tmp_path).write_text("[render]\ndpi = 98\n", encoding="utf-8")

    assert load(None, {"HOME": str(tmp_path), **to_environ(ours)}, {}).render.dpi == 200
