"""Who is told what is done: what may be named, where from, and what of it is shown."""

from pathlib import Path

import pytest

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.describe import describe
from ocrqueue.settings.load import load, to_environ
from ocrqueue.settings.schema_told import OnDoneSettings


def told(**values: str) -> OnDoneSettings:
    return load(None, {}, {f"on_done.{name}": value for name, value in values.items()}).on_done


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/a?key=b",
        "https://hooks.example:8443",
        "http://127.0.0.1:9000/x",
        "http://localhost/x",
        "http://[::1]:9000/",
    ],
)
def test_an_address_is_encrypted_or_on_this_machine(url: str) -> None:
    """Any other machine is told by https."""
    assert told(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/a",
        "http://127.0.0.1.evil.example/",
        "http://localhost@evil.example/",
        "https://user:pa55@hooks.example/",
        "https://hooks.example/#part",
        "https://hooks.example/a b",
        "https://hooks.example/a\r\nX: y",
        "https:///path",
        "https://hooks.example:port/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "hooks.example",
    ],
)
def test_another_address_is_refused(url: str) -> None:
    """What would send names unencrypted, or elsewhere than it looks, is no address of a hook."""
    with pytest.raises(SettingsError) as caught:
        told(url=url)

    assert "on_done.url" in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_a_program_beside_the_configuration_is_found(tmp_path: Path) -> None:
    """A path is relative to its file; a bare name and the arguments stay as they are."""
    file = tmp_path / "own.toml"
    file.write_text('[on_done]\ncommand = ["./tell.sh", "./a", "$HOME"]\n', "utf-8")

    command = load(file, {}, {}).on_done.command

    assert command == (str(tmp_path / "tell.sh"), "./a", "$HOME")
    assert told(command="notify,x").command == ("notify", "x")


def test_no_process_of_ours_loses_a_hook() -> None:
    """The collector is told it by the environment, as it is, whatever its arguments hold."""
    chosen = load(None, {}, {"on_done.command": '["/bin/tell", "a,b", "c d"]'})

    again = load(None, to_environ(chosen), {})

    assert again.on_done.command == ("/bin/tell", "a,b", "c d")


def test_an_address_is_not_shown() -> None:
    """It may hold a secret: neither `config` nor a traceback tells it."""
    chosen = load(None, {}, {"on_done.url": "https://hooks.example/secret-path"})

    assert "secret-path" not in repr(chosen)
    (row,) = [row for row in describe(chosen) if row.key == "on_done.url"]
    assert row.value == '"https://hooks.example/***"'


def test_nothing_that_lies_beside_documents_names_a_hook(tmp_path: Path) -> None:
    """Whatever a folder of documents holds, also where a command works in it."""
    text = '[on_done]\ncommand = ["/bin/evil"]\n'
    for name in ("config.toml", "ocrqueue.toml", ".ocrqueue.toml", "pyproject.toml"):
        (tmp_path / name).write_text(text, "utf-8")
    for folder in (".ocrqueue", ".config/ocrqueue", "ocrqueue", "ocrqueue-out/.ocrqueue"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "config.toml").write_text(text, "utf-8")
    (tmp_path / ".env").write_text("OCRQUEUE_ON_DONE__COMMAND=/bin/evil\n", "utf-8")
    for environ in ({}, {"HOME": "/nowhere"}, {"XDG_CONFIG_HOME": "."}, {"HOME": "."}):
        assert not load(None, environ, {}, cwd=tmp_path).on_done.is_wanted
