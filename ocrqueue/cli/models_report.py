"""Keeps models on this disk: lists them, lets one be fetched, and checks what is there."""

import importlib.util
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ocrqueue.backends.deepseek_mlx import checkpoint, models
from ocrqueue.backends.deepseek_mlx.models import Known
from ocrqueue.backends.deepseek_mlx.verify import bits_of, compare, look, size_of
from ocrqueue.cli import check, download_progress, options
from ocrqueue.cli.echo import say, say_json
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.operator import HubUnreachable, NotReady
from ocrqueue.model.errors.page import BackendUnavailable
from ocrqueue.model.finding import Finding
from ocrqueue.settings.schema import Settings

BACKEND = "deepseek-mlx"
GB = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The model a command is about."""

    model: str  # a folder, or a repository of the hub
    revision: str  # "": main
    trusted: bool
    configured: bool  # `deepseek-mlx` reads with it

    @property
    def is_folder(self) -> bool:
        """Whether it is named by where it lies."""
        return not checkpoint.is_repository(self.model)


def subject_of(settings: Settings, named: str | None, revision: str | None) -> Subject:
    """Return the model that is meant: the one that is named, else the configured one."""
    candidate = settings.candidate(BACKEND)
    pinned = str(candidate.options.get("revision", ""))
    model = options.as_model(named) if named else candidate.model
    meant = revision or (pinned if model == candidate.model else "")
    return Subject(
        model=model,
        revision=meant,
        trusted=bool(candidate.options.get("trust_model_code", False)),
        configured=model == candidate.model and meant == pinned,
    )


def show(own: Subject, *, as_json: bool) -> None:
    """Print a line about each known model, and about the configured one."""
    known = [*models.MODELS]
    if own.model not in {one.repository for one in known}:
        known.insert(0, _unlisted(own))
    rows = [_row(one, own) for one in known]
    if as_json:
        say_json(rows, indent=1)
        return
    width = max(len(row["model"]) for row in rows)
    say(f"  {'model':<{width}}  bits    GB  here  profile")
    for row in rows:
        say(_line(row, width))
    if importlib.util.find_spec("mlx_vlm") is None:
        say(checkpoint.NOT_INSTALLED, err=True)


def pull(subject: Subject, *, as_json: bool) -> None:
    """Fetch what is missing of a model, and print what is there then."""
    commit = ""
    try:
        if not subject.is_folder:
            commit = _fetch(subject, silent=as_json)
    except HubUnreachable as error:
        if _lies(subject.model, subject.revision)[1] != "yes":
            raise
        say(f"{error}; what is on this disk will do", err=True)
    _tell(subject, _look(subject), as_json=as_json, commit=commit)


def verify(subject: Subject, *, as_json: bool) -> None:
    """Print what is there of a model, and whether it is what the hub has."""
    findings = _look(subject)
    if not any(finding.problem for finding in findings):
        folder = checkpoint.folder_of(subject.model, subject.revision)
        with download_progress.shown("reading", silent=as_json) as tell:
            findings.append(compare(folder, tell))
    _tell(subject, findings, as_json=as_json)


def _fetch(subject: Subject, *, silent: bool) -> str:
    """Fetch what is missing and return the commit."""
    try:
        from ocrqueue.backends.deepseek_mlx import download  # noqa: PLC0415 - only with the extra mlx
    except ImportError as error:
        raise NotReady(checkpoint.NOT_INSTALLED) from error
    try:
        with download_progress.shown("fetching", silent=silent) as tell:
            folder = download.pull(
                subject.model, subject.revision, trusted=subject.trusted, tell=tell
            )
    except KeyboardInterrupt:
        say("What has arrived is kept: the same command goes on from there.", err=True)
        raise
    return folder.name


def _look(subject: Subject) -> list[Finding]:
    try:
        folder = checkpoint.folder_of(subject.model, subject.revision)
    except BackendUnavailable as error:
        remedy = "" if subject.is_folder else f"Fetch it: {_command('pull', subject)}"
        return [Finding(what="model", problem=str(error), remedy=remedy)]
    size = f"{size_of(folder) / GB:.2f} GB in {folder}"
    found = Finding(what="model", note=f"{subject.model}, {size}")
    return [found, *look(subject.model, folder, trusted=subject.trusted)]


def _tell(
    subject: Subject, findings: Sequence[Finding], *, as_json: bool, commit: str = ""
) -> None:
    ready = not any(finding.problem for finding in findings)
    after = _next_step(subject) if ready else ""
    if as_json:
        told = {
            "model": subject.model,
            "revision": subject.revision,
            "commit": commit,
            "ready": ready,
        }
        rows = [asdict(finding) for finding in findings]
        say_json({**told, "next": after, "findings": rows}, indent=1)
    else:
        check.tell(findings)
        if commit:
            say(f"commit {commit}")
        if after:
            say(after)
    if not ready:
        raise SystemExit(ExitCode.NOT_READY)


def _next_step(subject: Subject) -> str:
    """Return what to do with a model that is fine."""
    if importlib.util.find_spec("mlx_vlm") is None:
        return f"Next: {checkpoint.NOT_INSTALLED}"
    if subject.configured:
        return f"Next: ocrqueue run FOLDER -o OUT --route {BACKEND},tesseract"
    if not subject.revision:
        trust = " --trust-model-code" if subject.trusted else ""
        words = f"--backend {BACKEND} --model {shlex.quote(subject.model)}{trust}"
        return f"Next: ocrqueue run FOLDER -o OUT {words}"
    keys = [f'model = "{subject.model}"', f'revision = "{subject.revision}"']
    where = f'[[backends.candidates]] name = "{BACKEND}"'
    return f"Next: in the configuration, below {where}: {', '.join(keys)}"


def _command(name: str, subject: Subject) -> str:
    words = ["ocrqueue models", name]
    if not subject.configured:
        words.append(subject.model)
        words += ["--revision", subject.revision] if subject.revision else []
    return " ".join(words)


def _unlisted(own: Subject) -> Known:
    """Return the configured model as one of the list, as far as what lies here tells."""
    try:
        config = checkpoint.config_in(checkpoint.folder_of(own.model, own.revision))
    except BackendUnavailable:
        return Known(repository=own.model, model_type="", bits=None)
    return Known(repository=own.model, model_type=models.kind_of(config), bits=bits_of(config))


def _row(known: Known, own: Subject) -> dict[str, Any]:
    configured = known.repository == own.model
    folder, here = _lies(known.repository, own.revision if configured else "")
    profile = models.PROFILES.get(known.model_type)
    size_gb = round(size_of(folder) / GB, 2) if folder and here == "yes" else None
    return {
        "model": known.repository,
        "configured": configured,
        "bits": known.bits,
        "size_gb": size_gb or known.size_gb,
        "here": here,
        "folder": str(folder) if folder else "",
        "profile": known.model_type,
        "tested": profile is not None and profile.tested,
        "tried": str(profile.tried) if profile else "",
        "note": known.note,
    }


def _lies(model: str, revision: str) -> tuple[Path | None, str]:
    """Return where a model is on this disk, and whether all of it."""
    try:
        folder = checkpoint.folder_of(model, revision)
    except BackendUnavailable:
        return None, "no"
    try:
        return folder, "part" if checkpoint.missing_in(folder) else "yes"
    except BackendUnavailable:  # an index that is torn
        return folder, "part"


def _line(row: dict[str, Any], width: int) -> str:
    mark = "*" if row["configured"] else " "
    size = f"{row['size_gb']:.1f}" if row["size_gb"] else "?"
    tested = "tested" if row["tested"] else "untested"
    note = f"; {row['note']}" if row["note"] else ""
    profile = f"{row['profile']}, {tested}" if row["profile"] else "unknown"
    bits = row["bits"] or "?"
    begin = f"{mark} {row['model']:<{width}}  {bits:>4}  {size:>4}"
    return f"{begin}  {row['here']:<4}  {profile}{note}"
