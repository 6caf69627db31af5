"""Which name an input's output gets: the one that it has, else one that nobody else has."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

from ocrqueue.inputs.output_names import output_candidates
from ocrqueue.inputs.walk import Found
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.operator import Overtaken
from ocrqueue.model.place import Place
from ocrqueue.workspace import outputs, sources
from ocrqueue.workspace.files import json_in, write_json
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store


def claim(store: Store, found: Found, folder: Place) -> Output:
    """Return the input's output, giving it a name that no other input has.

    An input keeps the name it once got. The name of an input that is gone is free again. A name
    under which files of somebody else lie in the output folder is not taken.

    Raises:
        OutputNotWritten: files of somebody else have every name it could get.
    """

    def take(output: Output, known: Output | None) -> bool:
        if known is None:
            return store.claim_output(output.key, output.to_wire())
        return _take_over(store, output, known)

    return _named(store, found, folder, take)


def _take_over(store: Store, output: Output, known: Output) -> bool:
    """Give an input the name of one that is gone, unless another producer was quicker."""
    place = store.output_path(output.key)
    with store.output_lock(output.key), contextlib.suppress(Overtaken):
        files = store.files.turn(place)
        if outputs.of_record(output.key, json_in(files, place)) == known:
            write_json(files, place, output.to_wire())
            return True
    return False


def preview(store: Store, found: Found, folder: Place) -> Output:
    """Return the output an input would get, claiming nothing.

    Raises:
        OutputNotWritten: files of somebody else have every name it could get.
    """
    return _named(store, found, folder, lambda _output, _known: True)


def _named(
    store: Store, found: Found, folder: Place, take: Callable[[Output, Output | None], bool]
) -> Output:
    """Return the output of an input; a name that it can have is its own once it could `take` it."""
    fresh = [
        Output(
            name=str(name), folder=str(folder), source=str(found.source), shown=str(found.relative)
        )
        for name in output_candidates(found.relative, found.source)
    ]

    def belongs_to_another(output: Output) -> bool:
        known = outputs.find(store, output.key)
        return known is None or known.source != output.source

    for output in sorted(fresh, key=belongs_to_another):  # the one that it has first
        known = outputs.find(store, output.key)
        if known is None and not outputs.is_somebody_elses(output) and take(output, None):
            return output
        known = outputs.find(store, output.key)  # another producer may have taken it for the same
        if known is None:
            continue
        if known.source == output.source:
            return replace(known, name=output.name, folder=output.folder, shown=output.shown)
        if sources.is_gone(known.source) and take(output, known):
            return output
    raise OutputNotWritten(f"{fresh[0].markdown} and its other names are not ours to overwrite")
