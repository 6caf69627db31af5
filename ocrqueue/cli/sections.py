"""`--help` of commands with many options: by what they are about, those of every command last."""

from collections.abc import Mapping, Sequence

import click

SECTIONS: Mapping[str, Sequence[str]] = {
    "Which files and pages": (
        *("from_file", "include", "exclude", "pages", "max_pages", "password", "password_file"),
        *("sample", "by", "seed", "doubtful"),
    ),
    "Who reads, and how": (
        *("workers", "route", "backend", "allow_remote", "budget_usd", "lang", "model"),
        *("trust_model_code", "replies", "task", "dpi", "text_layer", "witness"),
    ),
    "What the Markdown looks like": (
        *("tables", "keep_headers", "join_paragraphs", "page_separator", "page_marker"),
        *("page_notes", "mark_doubts", "on_page_error", "front_matter", "split_pages"),
    ),
    "When they are read": ("priority", "settle", "poll", "queue_only"),
    "What becomes of earlier results": ("force", "discard_corrections", "overwrite"),
    "What is told": ("dry_run", "wait", "fail_on_doubtful", "quiet", "as_json"),
}
REST = "Options of every command"


class Sectioned(click.Command):
    """A command whose options stand below headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections that have an option here."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        rows = {one.name: row for one in options if (row := one.get_help_record(ctx))}
        listed = {
            heading: [rows.pop(name) for name in names if name in rows]
            for heading, names in SECTIONS.items()
        }
        for heading, section in {**listed, REST: list(rows.values())}.items():
            if section:
                with formatter.section(heading):
                    formatter.write_dl(section)
