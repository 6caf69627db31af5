"""What ends a command: each carries its exit code."""

from typing import ClassVar

from ocrqueue.model.errors.base import ExitCode, OcrqueueError


class OperatorError(OcrqueueError):
    """The command cannot go on."""

    code = "operator-error"
    exit_code: ClassVar[ExitCode] = ExitCode.ERROR


class UsageError(OperatorError):
    """The command line or its values make no sense."""

    code = "usage"
    remedy = "See `ocrqueue COMMAND --help`."
    exit_code = ExitCode.USAGE


class SettingsError(OperatorError):
    """The configuration has problems; all of them are listed."""

    code = "settings"
    remedy = "Run `ocrqueue config` to see each value and where it came from."
    exit_code = ExitCode.USAGE


class NothingToDo(OperatorError):
    """No supported file was found."""

    code = "nothing-to-do"
    remedy = "Give a folder with PDFs or images, or name such files."
    exit_code = ExitCode.NOTHING_TO_DO


class ServerUnreachable(OperatorError):
    """No queue server answers."""

    code = "server-unreachable"
    remedy = "Start one with `ocrqueue up` or `ocrqueue server`, or set `redis.url`."
    exit_code = ExitCode.SERVER_UNREACHABLE


class ServerRefuses(OperatorError):
    """A queue server answers, but nothing can be done there."""

    code = "server-refuses"
    remedy = (
        "Correct `redis.url` (user, password, number of the database) or what the server allows "
        "this user; or leave `redis.url` out, and a server of our own is started."
    )
    exit_code = ExitCode.SERVER_UNREACHABLE


class ServerFull(OperatorError):
    """The queue server takes nothing more: its memory is full, or it cannot write its log."""

    code = "server-full"
    remedy = "Make room on its disk, or raise `server.maxmemory_mb`; what was queued is kept."
    exit_code = ExitCode.SERVER_UNREACHABLE


class NotReady(OperatorError):
    """Something needed to start is missing."""

    code = "not-ready"
    remedy = "Run `ocrqueue check`."
    exit_code = ExitCode.NOT_READY


class WorkspaceBusy(OperatorError):
    """Another process owns this workspace."""

    code = "workspace-busy"
    remedy = (
        "Wait for it to end, stop it, or give it the pages: `ocrqueue enqueue` with the same `-o`. "
        "Or use another output folder."
    )
    exit_code = ExitCode.BUSY


class WorkspaceUnusable(OperatorError):
    """The output folder or workspace cannot be written or is not ours."""

    code = "workspace-unusable"
    remedy = "Check its name (`-o`), its owner, its permissions and the free space."
    exit_code = ExitCode.NOT_READY


class StorageAway(OperatorError):
    """A bucket cannot be reached, or does not let us in."""

    code = "storage-away"
    remedy = (
        "Check the name of the bucket, AWS_ENDPOINT_URL and AWS_REGION, and that AWS_ACCESS_KEY_ID "
        "and AWS_SECRET_ACCESS_KEY are right and may list, read, write and delete there; then run "
        "the same command again: nothing is lost."
    )
    exit_code = ExitCode.SERVER_UNREACHABLE


class Overtaken(OperatorError):
    """Somebody else wrote the same file in a bucket meanwhile."""

    code = "overtaken"
    remedy = "Run the same command again."


class ServerFolderUnusable(OperatorError):
    """The folder for the queue server's data, or for its socket, cannot be made or is not ours."""

    code = "server-folder-unusable"
    remedy = (
        "Check its owner and its permissions, or set `server.data` and `server.socket` to places "
        "that are yours alone."
    )
    exit_code = ExitCode.NOT_READY


class LedgerUnreadable(OperatorError):
    """The ledger of a document is missing, damaged or of another version."""

    code = "ledger-unreadable"
    remedy = "Run the same command again: ledgers are written anew."


class HubUnreachable(OperatorError):
    """The hub that keeps the models cannot be reached, or went away."""

    code = "hub-unreachable"
    remedy = (
        "Check the network and run the same command again: what has arrived is kept. Without any, "
        "copy the model's folder to this machine and name it: `--model FOLDER`."
    )
    exit_code = ExitCode.NOT_READY


class ModelNotFound(OperatorError):
    """The hub has no such model or revision, or shows it to nobody who is not logged in."""

    code = "model-not-found"
    remedy = (
        "Check the spelling; `ocrqueue models list` names those we know. For a model that is not "
        "public set HF_TOKEN to an access token of yours."
    )
    exit_code = ExitCode.NOT_READY


class ModelForbidden(OperatorError):
    """The hub does not give this model to you."""

    code = "model-forbidden"
    remedy = "Accept its terms on its page, and set HF_TOKEN to an access token of yours."
    exit_code = ExitCode.NOT_READY


class ModelDamaged(OperatorError):
    """What arrived of a model is not what the hub announced."""

    code = "model-damaged"
    remedy = "Run the same command again; if it happens again, look for a proxy in between."
    exit_code = ExitCode.NOT_READY


class ModelTooLarge(OperatorError):
    """The disk has no room for the model."""

    code = "model-too-large"
    remedy = (
        "Make room, or set HF_HOME to a folder on a larger disk (for every command); "
        "what has arrived is kept."
    )
    exit_code = ExitCode.NOT_READY


class ModelBusy(OperatorError):
    """Another process fetches this model."""

    code = "model-busy"
    remedy = "Wait for it to end."
    exit_code = ExitCode.BUSY


class BenchFailed(OperatorError):
    """The measuring process ended before it was done."""

    code = "bench-failed"
    remedy = (
        "Run `ocrqueue check`. A process that was killed had perhaps no memory left: close other "
        "programs, or take a smaller model or `resolution`."
    )
