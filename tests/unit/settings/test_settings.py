"""Settings: defaults < file < environment < flags, all problems told at once."""

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.describe import as_toml, describe, redacted
from ocrqueue.settings.engines import COME_ALONG, Candidate
from ocrqueue.settings.keys import keys_of
from ocrqueue.settings.load import child_environ, load, to_environ
from ocrqueue.settings.schema import KEYS, Settings
from ocrqueue.settings.template import fill, problem_in

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = ROOT / "configs"


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def problems_of(folder: Path, text: str = "", **environ: str) -> str:
    file = write(folder, text) if text else None
    with pytest.raises(SettingsError) as caught:
        load(file, environ, {})
    return str(caught.value)


def test_default_file_is_the_defaults(tmp_path: Path) -> None:
    """configs/default.toml loads to exactly the defaults, seen from the same folder."""
    copy = tmp_path / "default.toml"
    copy.write_bytes((CONFIGS / "default.toml").read_bytes())

    loaded = load(copy, {}, {}, cwd=tmp_path)

    assert loaded == load(None, {}, {}, cwd=tmp_path)
    assert replace(loaded, workspace=Settings().workspace) == Settings()
    assert loaded.workspace.output == tmp_path / "ocrqueue-out"


def test_default_file_holds_every_key_with_its_default() -> None:
    """No key is missing from configs/default.toml, none is there twice or differs."""
    table = tomllib.loads((CONFIGS / "default.toml").read_text(encoding="utf-8"))
    candidates = table.pop("backends")["candidates"]

    told = {f"{s}.{k}": as_toml(_listed(v)) for s, keys in table.items() for k, v in keys.items()}

    assert told == {name: as_toml(key.default) for name, key in KEYS.items()}
    for entry, candidate in zip(candidates, COME_ALONG.values(), strict=True):
        own = {name: getattr(candidate, name) for name in ("name", *keys_of(Candidate))}
        assert entry == {**own, **candidate.options}


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def test_default_file_explains_every_key() -> None:
    """Each key of configs/default.toml stands below a comment."""
    lines = (CONFIGS / "default.toml").read_text(encoding="utf-8").splitlines()
    keys = [n for n, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    assert len(keys) > len(KEYS)
    assert [lines[n] for n in keys if not lines[n - 1].startswith("# ")] == []


def test_shipped_examples_load() -> None:
    """Each file in configs/ loads without a problem or a warning."""
    files = sorted(CONFIGS.glob("*.toml"))
    assert len(files) >= 3
    assert [load(file, {}, {}).warnings for file in files] == [()] * len(files)


def test_later_layers_win(tmp_path: Path) -> None:
    """A flag beats the environment, which beats the file, which beats the default."""
    file = write(tmp_path, "[render]\ndpi = 100\nmax_side_px = 100\ntimeout_s = 1\n")
    environ = {"OCRQUEUE_RENDER__DPI": "101", "OCRQUEUE_RENDER__MAX_SIDE_PX": "101"}

    loaded = load(file, environ, {"render.dpi": 102})

    assert (loaded.render.dpi, loaded.render.max_side_px, loaded.render.timeout_s) == (102, 101, 1)
    assert loaded.render.memory_mb == Settings().render.memory_mb
    origins = [loaded.origins[f"render.{key}"] for key in ("dpi", "max_side_px", "timeout_s")]
    assert origins == ["flag", "environment", f"file {file}"]
    assert loaded.origins["render.memory_mb"] == "default"


def test_config_variable_names_the_file_unless_a_flag_does(tmp_path: Path) -> None:
    """OCRQUEUE_CONFIG is read when no file is given, and ignored when one is."""
    file = write(tmp_path, "[render]\ndpi = 100\n")
    other = tmp_path / "other.toml"
    other.write_text("[render]\ndpi = 99\n", encoding="utf-8")

    assert load(None, {"OCRQUEUE_CONFIG": str(file)}, {}).render.dpi == 100
    assert load(other, {"OCRQUEUE_CONFIG": str(file)}, {}).render.dpi == 99


def test_paths_are_relative_to_where_they_stand(tmp_path: Path) -> None:
    """A path in a file is relative to the file's folder, any other to the current folder."""
    folder = tmp_path / "etc"
    folder.mkdir()
    file = write(folder, '[workspace]\noutput = "out"\n[logging]\nfile = "../log"\n')
    environ = {"OCRQUEUE_SERVER__DATA": "data"}

    loaded = load(file, environ, {"server.socket": Path("sock")}, cwd=tmp_path)

    assert loaded.workspace.output == folder / "out"
    assert loaded.workspace.folder == folder / "out" / ".ocrqueue"
    assert loaded.logging.file == folder / "../log"
    assert (loaded.server.data, loaded.server.socket) == (tmp_path / "data", tmp_path / "sock")


def test_every_problem_is_told_with_its_origin(tmp_path: Path) -> None:
    """One error lists unknown names, wrong types and bad values, and where each came from."""
    text = '[rendr]\n[render]\ndip = 3\ntimeout_s = "soon"\n[logging]\nlevel = "loud"\n'
    message = problems_of(tmp_path, text, OCRQUEUE_RENDER__DPI="7")

    assert message.startswith("5 problems in the settings:")
    assert f"unknown section [rendr], did you mean render? (file {tmp_path}" in message
    assert "unknown key render.dip, did you mean render.dpi?" in message
    assert "render.timeout_s: 'soon' is no number" in message
    assert "logging.level: 'loud' is none of debug, info, warning, error" in message
    assert "render.dpi: 7 is out of range (36 to 1200) (environment)" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[render]\ndpi = true\n", "render.dpi: True is no whole number"),
        ("[render]\ndpi = 200.0\n", "render.dpi: 200.0 is no whole number"),
        ("[render]\ntimeout_s = nan\n", "nan is no finite number"),
        ("[output]\nfront_matter = 1\n", "1 is no true or false"),
        ('[reading]\nroute = "tesseract"\n', "'tesseract' is no list of texts"),
        ("[targets]\nload_s = [3, 9, 4]\n", "[3, 9, 4] is no list of three numbers"),
        ("[targets]\nload_s = [3, 9]\n", "[3, 9] is no list of three numbers"),
        ("[reading]\nroute = []\n", "reading.route names no backend"),
        ('[reading]\nroute = ["tesseract", "tesseract"]\n', "names a backend twice"),
        ('[reading]\nroute = ["teseract"]\n', "teseract, did you mean tesseract?"),
        ('[redis]\nurl = "localhost:6379"\n', "redis.url begins with none of redis://"),
        ('[output]\npage_separator = "{pge}"\n', "unknown field {pge}"),
        ('[output]\npage_marker = "{page"\n', "a lone {"),
        ("render = 3\n", "render is a section"),
        ('[workspace]\noutput = ""\n', "'' is no path"),
        ("[[backends.candidates]]\n", "number 1 has no usable name"),
        ('[[backends.candidates]]\nname = "a.b"\n', "number 1 has no usable name"),
        ('[[backends.candidates]]\nname = "new"\n', "backends.new has no model"),
        ('[backends]\ncandidates = ["tesseract"]\n', "listed as [[backends.candidates]]"),
        ('[[backends.candidates]]\nname = "tesseract"\ntries = 0\n', "backends.tesseract.tries: 0"),
        ('[[backends.candidates]]\nname = "tesseract"\nlang = 3\n', "lang: 3 is no text"),
        (
            '[[backends.candidates]]\nname = "tesseract"\nlnag = "deu"\n',
            "unknown key backends.tesseract.lnag, did you mean backends.tesseract.lang?",
        ),
        (
            '[[backends.candidates]]\nname = "new"\nmodel = "m"\nx = 1\n',
            "unknown key backends.new.x",
        ),
    ],
)
def test_bad_values_are_refused(tmp_path: Path, text: str, said: str) -> None:
    """Each kind of bad value has a message that names the key and what is allowed."""
    assert said in problems_of(tmp_path, text)


def test_password_of_the_wrong_type_is_not_repeated(tmp_path: Path) -> None:
    """An error about a secret does not print it."""
    assert "4711" not in problems_of(tmp_path, "[server]\npassword = 4711\n")


@pytest.mark.parametrize("content", [b"[render\n", b"\xff\xfe", None])
def test_unreadable_file_is_one_clear_error(tmp_path: Path, content: bytes | None) -> None:
    """A missing or broken file is named in the error."""
    file = tmp_path / "broken.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"broken\.toml cannot be read"):
        load(file, {}, {})


def test_stray_variable_is_a_warning() -> None:
    """A variable that begins with our prefix but names no section is a warning, no problem."""
    (warning,) = load(None, {"OCRQUEUE_DPI": "3"}, {}).warnings
    assert "OCRQUEUE_DPI is no setting" in warning


def test_environment_speaks_every_type() -> None:
    """Numbers, switches, lists and line breaks can be given as text."""
    environ = {
        "OCRQUEUE_QUEUE__BEAT_S": "0.5",
        "OCRQUEUE_OUTPUT__FRONT_MATTER": "yes",
        "OCRQUEUE_INPUT__EXCLUDE": "drafts, [ab]*.pdf",
        "OCRQUEUE_INPUT__INCLUDE": '["a,b.pdf"]',
        "OCRQUEUE_OUTPUT__PAGE_SEPARATOR": r"\n\n---\n\n",
    }
    loaded = load(None, environ, {})
    assert loaded.queue.beat_s == 0.5
    assert loaded.output.front_matter is True
    assert loaded.input.exclude == ("drafts", "[ab]*.pdf")
    assert loaded.input.include == ("a,b.pdf",)
    assert loaded.output.page_separator == "\n\n---\n\n"


def test_candidates_are_merged_by_name(tmp_path: Path) -> None:
    """A file changes a known backend key by key and adds new ones; the environment reaches both."""
    file = write(
        tmp_path,
        '[[backends.candidates]]\nname = "tesseract"\nlang = "deu"\ntessdata_dir = "data"\n'
        "psm = 6\n"
        '[[backends.candidates]]\nname = "far-away"\nmodel = "m"\n',
    )
    environ = {
        "OCRQUEUE_BACKENDS__FAR_AWAY__TRIES": "5",
        "OCRQUEUE_BACKENDS__TESSERACT__PSM": "11",
    }

    loaded = load(file, environ, {"backends.tesseract.lang": "fra"})

    tesseract = loaded.candidate("tesseract")
    assert tesseract.model == "tesseract-5.5"
    assert tesseract.options == {
        "lang": "fra",
        "tesseract_cmd": "",
        "tessdata_dir": str(tmp_path / "data"),
        "psm": 11,
    }
    assert loaded.candidate("far-away") == Candidate(name="far-away", model="m", tries=5)
    assert loaded.candidate("scripted") == Settings().candidate("scripted")


def test_an_option_that_is_seldom_needed_is_listed_only_where_it_was_changed() -> None:
    """Nobody who did not ask for it sees it, and it changes no document's identity."""
    plain = load(None, {}, {"backends.tesseract.psm": "3"})
    changed = load(None, {}, {"backends.tesseract.psm": "6"})

    assert "psm" not in plain.candidate("tesseract").options
    assert changed.candidate("tesseract").options["psm"] == 6
    keys = [{row.key for row in describe(one)} for one in (plain, changed)]
    assert keys[1] - keys[0] == {"backends.tesseract.psm"}


def test_unknown_candidate_names_the_known_ones() -> None:
    """Asking for a backend that is not there says which are."""
    with pytest.raises(
        SettingsError, match="there are: deepseek-mlx, openrouter, tesseract, replay, scripted"
    ):
        Settings().candidate("tesserract")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
flags = st.fixed_dictionaries(
    {},
    optional={
        "workspace.output": texts.filter(bool).map(lambda t: f"/x/{t}"),
        "server.data": texts,
        "server.password": texts,
        "queue.beat_s": st.floats(0.05, 1e6),
        "render.dpi": st.integers(36, 1200),
        "input.exclude": st.lists(texts).map(tuple),
        "input.follow_links": st.booleans(),
        "output.page_separator": texts.filter(lambda t: problem_in(t) is None),
        "logging.level": st.sampled_from(["debug", "error"]),
        "targets.load_s": st.lists(st.floats(0, 1e6), min_size=3, max_size=3)
        .map(sorted)
        .map(tuple),
        "backends.tesseract.lang": texts,
        "backends.tesseract.tries": st.integers(1, 10),
        "backends.scripted.script": texts,
        "backends.scripted.needs_image": st.booleans(),
        "backends.tesseract.tesseract_cmd": texts,
        "backends.openrouter.ca_file": texts,
        "backends.openrouter.idle_s": st.floats(1, 10),
    },
)


@settings(deadline=None)
@example({"output.page_separator": r"a backslash and an n: \\n"})
@example({"server.data": "~nobody-of-that-name"})
@given(flags)
def test_a_child_comes_to_the_same_settings(given_flags: dict[str, object]) -> None:
    """What `to_environ` tells is enough: from any folder, the child's settings are equal."""
    ours = load(None, {}, given_flags, cwd=Path("/here"))
    assert load(None, to_environ(ours), {}, cwd=Path("/elsewhere")) == ours


@pytest.mark.parametrize("name", ["default", "linux-cpu", "local-only", "mac-m2-air"])
def test_a_child_sees_the_file_and_what_was_replaced_later(name: str) -> None:
    """Values of a file, and values set by the program after loading, reach the child."""
    ours = load(CONFIGS / f"{name}.toml", {}, {"render.dpi": 99})
    ours = replace(ours, redis=replace(ours.redis, url="unix:///run/s"))
    assert load(None, to_environ(ours), {}, cwd=Path("/elsewhere")) == ours


def test_child_process_loads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real child with the composed environment prints the same values; strays do not reach it."""
    monkeypatch.setenv("OCRQUEUE_RENDER__DPI", "77")
    ours = load(None, {}, {"reading.route": ("scripted",), "server.password": "p{a}ss\\n"})
    program = (
        "from ocrqueue.settings.load import from_environment as f; "
        "from ocrqueue.settings.describe import describe; print(describe(f()))"
    )

    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**child_environ(ours), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    for row in describe(ours):
        assert f"key={row.key!r}, value={row.value!r}" in told.stdout


def test_listing_shows_every_value_and_hides_secrets() -> None:
    """One row per key with its origin; passwords are masked, in addresses too."""
    loaded = load(
        None,
        {"OCRQUEUE_REDIS__URL": "rediss://user:s3cret@host:1/0"},
        {"server.password": "s3cret", "backends.openrouter.base_url": "https://u:s3cret@host/"},
    )
    rows = {row.key: row for row in describe(loaded)}

    assert set(KEYS) < set(rows)
    assert set(rows) == set(loaded.origins)
    assert rows["redis.url"].value == '"rediss://user:***@host:1/0"'
    assert rows["redis.url"].origin == "environment"
    assert rows["server.password"].value == '"***"'
    assert "s3cret" not in str(rows)
    assert "s3cret" not in repr((loaded.redis, loaded.server))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:pw@host", "redis://:***@host"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("redis://u:p%40w@host", "redis://u:***@host"),
        ("redis://host/0?password=pw", "redis://host/0?password=***"),
        ("redis://u:p@w@host", "redis://u:***@host"),
    ],
)
def test_addresses_are_shown_without_password(url: str, shown: str) -> None:
    """Only the password of an address is masked."""
    assert redacted("redis.url", url) == shown


def test_templates_know_three_fields() -> None:
    """{page}, {pages} and {name} are filled, doubled braces stand for themselves."""
    values = {"page": 2, "pages": 9, "name": "{page}"}
    assert fill("{{x}} {page}/{pages} {name}", values) == "{x} 2/9 {page}"
    assert problem_in("{page.__class__}") is not None
    assert problem_in("{}") is not None
    assert problem_in("a } b") is not None
