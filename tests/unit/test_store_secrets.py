"""Who may read the passwords that the workspace keeps."""

from pathlib import Path

from ocrqueue.store import Store

DOCUMENT = "a" * 24


def test_a_password_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A password's file is closed to others also where the workspace folder is open to them."""
    tmp_path.chmod(0o755)
    store = Store.create(tmp_path)

    store.save_password(DOCUMENT, "open sesame")

    (secret,) = tmp_path.rglob("secret.json")
    assert secret.stat().st_mode & 0o077 == 0
    assert store.password(DOCUMENT) == "open sesame"


def test_a_workspace_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """A new workspace folder lets nobody else in."""
    Store.create(tmp_path / "workspace")

    assert (tmp_path / "workspace").stat().st_mode & 0o077 == 0
