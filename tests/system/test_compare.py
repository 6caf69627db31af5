"""`ocrqueue compare` on real pages."""

import json
import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"
PROGRAM = Path(sys.executable).with_name("ocrqueue")


def compare(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, "compare", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


def test_two_backends_read_the_same_pages(tmp_path: Path) -> None:
    """Tesseract reads what the truth says, the other reads none of it; a broken file is named."""
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and then nothing")
    (tmp_path / "letter.txt").write_text("Dear", "utf-8")

    told = compare(
        *(SAMPLES / "letter.pdf", broken, "--backends", "tesseract,scripted", "--dpi", "150"),
        *("--truth", tmp_path, "-o", tmp_path / "out"),
    )

    assert told.returncode == 3, told.stderr
    assert "left out: broken.pdf: " in told.stderr
    assert "tesseract" in told.stdout
    assert "Dear" in (tmp_path / "out/compare.html").read_text("utf-8")
    wire = json.loads((tmp_path / "out/compare.json").read_bytes())
    first, second = wire["backends"]
    assert (first["backend"], first["recall"], second["recall"]) == ("tesseract", 1.0, 0.0)
    assert not (tmp_path / "out/.ocrqueue").exists()


def test_one_backend_or_an_unknown_one_is_refused(tmp_path: Path) -> None:
    """Nothing is read before the names are known to make sense."""
    for names, why in (("tesseract", "two at least"), ("tesseract,abacus", "no backend abacus")):
        told = compare(SAMPLES, "--backends", names, "-o", tmp_path / "out")

        assert told.returncode == 2
        assert why in told.stderr
    assert not (tmp_path / "out").exists()
