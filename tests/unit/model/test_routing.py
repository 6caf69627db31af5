"""Every history ends, no backend is asked too often, and only those of the route are asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ocrqueue.model.document import RouteStep
from ocrqueue.model.page import Attempt, Verdict
from ocrqueue.model.routing import (
    CHECKER,
    elsewhere,
    first_step,
    next_step,
    open_to,
    way_back,
)

NAMES = ("one", "two", "three")
routes = st.lists(
    st.builds(
        RouteStep, backend=st.sampled_from(NAMES), tries=st.integers(1, 4), remote=st.booleans()
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda step: step.backend,
)


def failed(backend: str, *, again: bool = True, hand_over: bool = True) -> Attempt:
    return Attempt(backend=backend, seconds=1.0, at="", error="x", again=again, hand_over=hand_over)


def walk(
    route: Sequence[RouteStep], verdicts: Sequence[tuple[bool, bool]], *, may_leave: bool = True
) -> list[Attempt]:
    """Return the attempts that a page makes whose failures say `again` and `hand_over` so."""
    backend = first_step(route, may_leave=may_leave)
    history: list[Attempt] = []
    for again, hand_over in verdicts:
        if backend is None:
            break
        history.append(failed(backend, again=again, hand_over=hand_over))
        backend = next_step(route, history, may_leave=may_leave)
    return history


@given(routes, st.lists(st.tuples(st.booleans(), st.booleans()), min_size=20, max_size=20))
def test_every_history_ends(route: list[RouteStep], verdicts: list[tuple[bool, bool]]) -> None:
    """Whatever fails how, the attempts are never more than the route allows in sum."""
    history = walk(route, verdicts)
    assert len(history) <= sum(step.tries for step in route)
    assert next_step(route, history, may_leave=True) is None


@given(routes, st.lists(st.tuples(st.booleans(), st.booleans()), min_size=20, max_size=20))
def test_no_backend_is_asked_too_often(
    route: list[RouteStep], verdicts: list[tuple[bool, bool]]
) -> None:
    """Each backend gets its own tries at most, and backends are asked in the route's order."""
    history = walk(route, verdicts)
    asked = Counter(attempt.backend for attempt in history)
    assert all(asked[step.backend] <= step.tries for step in route)
    assert set(asked) <= {step.backend for step in route}
    order = [step.backend for step in route]
    places = [order.index(attempt.backend) for attempt in history]
    assert places == sorted(places)


@given(routes, st.lists(st.sampled_from(NAMES), min_size=1, max_size=9), st.booleans())
def test_only_backends_of_the_route_are_asked(
    route: list[RouteStep],
    backends: list[str],
    again: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    """Whatever has happened before, the next backend is one of the route, or none."""
    step = next_step(route, [failed(backend, again=again) for backend in backends])
    names = {one.backend for one in route}
    assert step is None or step in names


def test_an_error_for_good_ends_at_once() -> None:
    """An error that nobody can cure is not tried again anywhere."""
    route = [RouteStep(backend="one", tries=5), RouteStep(backend="two", tries=5)]
    assert next_step(route, [failed("one", again=False, hand_over=False)]) is None


def test_an_error_that_another_may_cure_is_handed_over_at_once() -> None:
    """Where trying again is of no use, the next backend is asked though tries are left."""
    route = [RouteStep(backend="one", tries=5), RouteStep(backend="two", tries=1)]
    assert next_step(route, [failed("one", again=False)]) == "two"


def test_all_tries_are_used_before_a_page_is_handed_over() -> None:
    """The second failure of two tries hands over, the first does not."""
    route = [RouteStep(backend="one", tries=2), RouteStep(backend="two", tries=1)]
    assert next_step(route, [failed("one")]) == "one"
    assert next_step(route, [failed("one")] * 2) == "two"
    assert next_step(route, [*[failed("one")] * 2, failed("two")]) is None


def test_a_backend_that_is_not_on_the_route_gets_no_second_try() -> None:
    """A page of an older configuration is given up when its backend fails."""
    assert next_step([RouteStep(backend="one", tries=5)], [failed("old")]) is None


@given(routes, st.lists(st.tuples(st.booleans(), st.booleans()), min_size=20, max_size=20))
def test_a_page_that_may_not_leave_is_read_here(
    route: list[RouteStep], verdicts: list[tuple[bool, bool]]
) -> None:
    """No remote backend is asked for it, and the local ones as if there were no others."""
    local = [step for step in route if not step.remote]
    assert walk(route, verdicts, may_leave=False) == walk(local, verdicts)


MAC, FAR, LAST = (
    RouteStep(backend="mac", tries=2),
    RouteStep(backend="far", tries=2, remote=True),
    RouteStep(backend="last", tries=1),
)
ROUTE = (MAC, FAR, LAST)


def test_a_page_taken_from_a_long_queue_goes_back_to_its_owner() -> None:
    """A remote worker that fails at it is followed by the backend that never had its turn."""
    after = [failed("far", again=False)]
    assert next_step(ROUTE, after, may_leave=True) == "mac"
    after += [failed("mac")] * 2
    assert next_step(ROUTE, after, may_leave=True) == "last"


def test_what_does_not_count_closes_no_backend() -> None:
    """A backend that could not be asked, however often, may be asked still."""
    unsent = replace(failed("far", again=False), counts=False)
    assert elsewhere(ROUTE, [unsent] * 9, than="mac", may_leave=True) == "far"


def test_a_permission_that_is_taken_back_ends_remote_tries() -> None:
    """A page that may no longer leave is not tried again elsewhere; a local backend reads it."""
    history = [*[failed("mac")] * 2, failed("far", hand_over=False)]
    assert next_step(ROUTE, history, may_leave=True) == "far"
    assert next_step(ROUTE, history, may_leave=False) == "last"


def test_a_page_that_nobody_tried_finds_another_place() -> None:
    """What is sent back goes to the first backend that may try it still, if there is one."""
    assert elsewhere(ROUTE, [], than="far", may_leave=False) == "mac"
    tried = [failed("mac")]
    assert elsewhere(ROUTE, tried, than="far", may_leave=False) == "mac"
    assert elsewhere(ROUTE, tried * 2, than="far", may_leave=False) == "last"
    tried = [*tried * 2, failed("last")]
    assert elsewhere(ROUTE, tried, than="far", may_leave=False) is None
    assert first_step([FAR], may_leave=False) is None


def test_a_page_that_nobody_could_look_at_waits_where_it_was_taken_from() -> None:
    """That is its own queue, the long one from whose end it was taken, or that of its check."""
    assert way_back(ROUTE, [], here="mac", may_leave=True) == "mac"
    assert way_back(ROUTE, [], here="far", may_leave=True) == "mac"
    assert way_back(ROUTE, [failed("mac")] * 2, here="far", may_leave=True) == "far"
    assert way_back((), [], here="collect", may_leave=False) == "collect"
    read = Attempt(backend="mac", seconds=1, at="", verdict=Verdict.GOOD)
    assert way_back(ROUTE, [read], here="tesseract", may_leave=True) == "tesseract"


def test_a_check_that_comes_to_nothing_is_done_once_more() -> None:
    """Where its worker died; after the second one the page is left as it was read."""
    read = Attempt(backend="mac", seconds=1, at="", verdict=Verdict.GOOD)
    died = Attempt(backend=CHECKER, seconds=0, at="", error="worker-died", checks=True)

    assert next_step(ROUTE, [read]) == CHECKER
    assert next_step(ROUTE, [read, died]) == CHECKER
    assert next_step(ROUTE, [read, died, died]) is None


def test_who_may_read_a_page_at_all() -> None:
    """Every backend of its route, in order, but for those elsewhere where it may not leave."""
    assert open_to(ROUTE, may_leave=True) == ["mac", "far", "last"]
    assert open_to(ROUTE, may_leave=False) == ["mac", "last"]
