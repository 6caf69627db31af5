"""Which question a model is asked about an image, and which one after that; pure."""

from dataclasses import replace

from ocrqueue.backends.deepseek_mlx.models import Guard, Profile, Question
from ocrqueue.model.document import Task
from ocrqueue.model.errors.page import BackendUnavailable
from ocrqueue.settings.engines import MlxSettings

MIN_WINDOW = 90  # tokens that a guard of the user's size looks back, or three times its size


def first(asked: MlxSettings, task: Task, profile: Profile, side_px: int) -> Question:
    """Return what the settings ask for a task; `side_px` is the longer side of the image.

    Raises:
        BackendUnavailable: this kind of model has no such resolution.
    """
    require_size(asked, profile)
    own = asked.prompt if task is Task.PAGE else ""
    size = profile.sizes.get(asked.resolution or profile.size, {})
    return Question(
        prompt=own or profile.prompts[task],
        size=size if side_px > profile.uncut_px else {**size, "cropping": False},
        temperature=asked.temperature,
        max_tokens=asked.max_tokens or MlxSettings().max_tokens,
        guard=_guard(asked.no_repeat_ngram, profile.guards.get(task)),
    )


def otherwise(question: Question, profile: Profile) -> Question | None:
    """Return the same question put differently, if there is a way: asked again it loops again.

    Without the guard: what it changed is read as it is, and what loops does so openly.
    """
    sizes = [profile.sizes[name] for name in profile.second_sizes]
    size = next((size for size in sizes if size != question.size), question.size)
    prompt = profile.second_prompt or question.prompt
    other = replace(question, prompt=prompt, size=size, guard=None)
    return other if other != question else None


def require_size(asked: MlxSettings, profile: Profile) -> None:
    """Check that this kind of model has the resolution that is asked for.

    Raises:
        BackendUnavailable: it has not.
    """
    if asked.resolution and asked.resolution not in profile.sizes:
        known = ", ".join(profile.sizes) or "none: the model chooses"
        message = f"{asked.model} has no resolution {asked.resolution!r:.60} (known: {known})"
        raise BackendUnavailable(message)


def _guard(size: int, own: Guard | None) -> Guard | None:
    """Return the guard of a size in tokens: none for 0, the model's own for less."""
    if size < 0:
        return own
    free = own.free if own else ()
    return Guard(size=size, window=max(MIN_WINDOW, 3 * size), free=free) if size else None
