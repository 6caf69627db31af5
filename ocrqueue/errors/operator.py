"""What ends a command: each carries its exit code."""

from typing import ClassVar

from ocrqueue.errors.base import ExitCode, OcrqueueError


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
    remedy = "Give a folder or files of type PDF, PNG, JPEG, TIFF or WebP."
    exit_code = ExitCode.NOTHING_TO_DO


class ServerUnreachable(OperatorError):
    """No queue server answers."""

    code = "server-unreachable"
    remedy = "Start one with `ocrqueue up` or `ocrqueue server`, or set `redis.url`."
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
    remedy = "Wait for it to end, or use another output folder."
    exit_code = ExitCode.BUSY


class WorkspaceUnusable(OperatorError):
    """The output folder or workspace cannot be written or is not ours."""

    code = "workspace-unusable"
    remedy = "Check its owner, its permissions and the free space, or choose another with `-o`."
    exit_code = ExitCode.NOT_READY


class LedgerUnreadable(OperatorError):
    """The ledger of a document is missing, damaged or of another version."""

    code = "ledger-unreadable"
    remedy = "Run the same command again: ledgers are written anew."
