"""What the library of the hub raises, as errors of ours with what to do next."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import constants, errors

from ocrqueue.model.errors.operator import (
    HubUnreachable,
    ModelForbidden,
    ModelNotFound,
    ModelTooLarge,
    OperatorError,
    UsageError,
)
from ocrqueue.settings.describe import redacted

FULL = (errno.ENOSPC, errno.EDQUOT)
DENIED = (401, 403)


def hub() -> str:
    """Return the address of the hub, without a password that it may hold."""
    return str(redacted("", constants.ENDPOINT))


@contextmanager
def explained(named: str) -> Iterator[None]:
    """Turn what the library raises about a model into errors of ours."""
    try:
        yield
    except OperatorError:
        raise
    except errors.HFValidationError as error:
        raise UsageError(f"{named} is no name of a model: {error}") from error
    except (OSError, errors.HTTPError) as error:
        if told := explain(error, named):
            raise told from error
        raise


def explain(error: Exception, named: str) -> OperatorError | None:
    """Return what a person has to know; None where the system's own words say it."""
    cause = error.__cause__
    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(cause, Exception):
        return explain(cause, named)
    if isinstance(error, errors.HfHubHTTPError):
        return _refused(error, named)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return HubUnreachable("HF_HUB_OFFLINE is set, so nothing is fetched")
    number = getattr(error, "errno", None)
    if number in FULL:
        return ModelTooLarge(f"the disk is full: {error}")
    if number is not None:
        return None
    reason = str(error).splitlines()[:1]
    return HubUnreachable(f"{hub()} cannot be reached: {''.join(reason) or type(error).__name__}")


def _refused(error: errors.HfHubHTTPError, named: str) -> OperatorError:
    match error:
        case errors.GatedRepoError() | errors.DisabledRepoError():
            return ModelForbidden(f"{hub()} does not give {named} to everybody")
        case errors.RevisionNotFoundError():
            return ModelNotFound(f"{hub()} has no such revision: {named}")
        case errors.RepositoryNotFoundError():
            return ModelNotFound(f"{hub()} shows us no model {named}")
    status = error.response.status_code
    if status in DENIED:
        return ModelForbidden(f"{hub()} does not give us {named} (status {status})")
    return HubUnreachable(f"{hub()} answers with status {status}")
