"""`models`: which models there are, fetching one, and checking the one on this disk."""

import click

from ocrqueue.cli import options
from ocrqueue.settings.schema import Settings

# What the commands do is in `models_report`, which needs much that no other command does.


@click.group()
def models() -> None:
    """List, fetch and check the models that `deepseek-mlx` reads with.

    MODEL is a repository of the Hugging Face hub (owner/name) or a folder on this disk; without it,
    the one that the configuration names is meant.
    """


@models.command(name="list")
@options.as_json
@options.common
def show_models(settings: Settings, *, as_json: bool) -> None:
    """Show the known models, and which of them are on this disk.

    `*` marks the one that `deepseek-mlx` reads with. bits: of a weight; GB: 10^9 bytes; here: on
    this disk (yes, part, no); tested: our tests read pages with a tiny model of that kind.
    """
    from ocrqueue.cli import models_report  # noqa: PLC0415

    models_report.show(models_report.subject_of(settings, None, None), as_json=as_json)


@models.command()
@click.argument("named", required=False, metavar="[MODEL]")
@click.option("--revision", metavar="COMMIT", help="A commit, tag or branch.  [main]")
@options.trust
@options.as_json
@options.common
def pull(settings: Settings, *, named: str | None, revision: str | None, as_json: bool) -> None:
    """Fetch a model from the Hugging Face hub into its cache.

    Safe to interrupt and to repeat: it goes on where it ended, also in the middle of a file, and
    weights are compared with the hub's SHA-256. Only data is fetched (*.safetensors, *.json,
    tokenizer files), Python only with --trust-model-code. A folder is only looked at; that needs
    no network. HF_HOME says where the cache is, HF_TOKEN who you are. Example:

        ocrqueue models pull mlx-community/DeepSeek-OCR-8bit
    """
    from ocrqueue.cli import models_report  # noqa: PLC0415

    models_report.pull(models_report.subject_of(settings, named, revision), as_json=as_json)


@models.command()
@click.argument("named", required=False, metavar="[MODEL]")
@click.option("--revision", metavar="COMMIT", help="A commit, tag or branch.  [main]")
@options.trust
@options.as_json
@options.common
def verify(settings: Settings, *, named: str | None, revision: str | None, as_json: bool) -> None:
    """Check a model on this disk and say what is next.

    Looks at its kind, weights, tokenizer, code and checksums. Reads every file once, loads nothing
    and needs no network. Ends with 6 if something is wrong.
    """
    from ocrqueue.cli import models_report  # noqa: PLC0415

    models_report.verify(models_report.subject_of(settings, named, revision), as_json=as_json)
