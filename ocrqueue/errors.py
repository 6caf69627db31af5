"""Every error a user can meet: what it says, what to do next, and what may still be tried.

Two families. An `OperatorError` ends a command and carries its exit code. A `DocumentError` or a
`PageError` costs one document or one page: the batch goes on, and the ledger keeps the `code`, the
message and the remedy. `docs/errors.md` lists them all; a test compares.
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """How a command ended; documented in docs/cli.md."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PAGES_FAILED = 3
    NOTHING_TO_DO = 4
    SERVER_UNREACHABLE = 5
    NOT_READY = 6
    BUSY = 7
    INTERRUPTED = 130


class OcrqueueError(Exception):
    """Something went wrong that a person has to know about.

    `code` is stable and may be matched by scripts; `remedy` is the next thing to do.
    """

    code: ClassVar[str] = "error"
    remedy: ClassVar[str] = ""


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


class DocumentError(OcrqueueError):
    """A whole document cannot be read."""

    code = "document"


class NotSupported(DocumentError):
    """The content is not a PDF or an image we read, whatever its name says."""

    code = "not-supported"
    remedy = "Convert it to PDF, PNG, JPEG, TIFF or WebP."


class FileUnreadable(DocumentError):
    """The file is missing or may not be read."""

    code = "file-unreadable"
    remedy = "Check that the file is there and may be read."


class DocumentDamaged(DocumentError):
    """The file is damaged beyond what the reader can repair."""

    code = "damaged"
    remedy = "Repair it (for example with `qpdf IN OUT`) or get another copy."


class PasswordNeeded(DocumentError):
    """The PDF is encrypted and no password was given."""

    code = "password-needed"
    remedy = "Run again with `--password` or `--password-file`."


class PasswordWrong(DocumentError):
    """The PDF is encrypted and none of the given passwords opens it."""

    code = "password-wrong"
    remedy = "Check the password."


class NoPages(DocumentError):
    """The document has no page, or none of the chosen pages."""

    code = "no-pages"
    remedy = "Check the file and `--pages`."


class TooManyPages(DocumentError):
    """The document claims more pages than the limit allows."""

    code = "too-many-pages"
    remedy = "If the number is true, raise `input.max_pages_per_document` or choose `--pages`."


class CountTimedOut(DocumentError):
    """Opening the document took longer than allowed."""

    code = "open-timed-out"
    remedy = "Raise `render.timeout_s` if the file is sound."


class CountCrashed(DocumentError):
    """The document crashed the process that opened it."""

    code = "open-crashed"
    remedy = "Repair it (for example with `qpdf IN OUT`) or get another copy."


class CountOutOfMemory(DocumentError):
    """Opening the document took more memory than allowed."""

    code = "open-out-of-memory"
    remedy = "Raise `render.memory_mb` if the file is sound."


class PageError(OcrqueueError):
    """One attempt at one page failed.

    `again`: the same backend may try once more. `hand_over`: another backend may do better.
    """

    code = "page"
    again: ClassVar[bool] = False
    hand_over: ClassVar[bool] = False


class PageDamaged(PageError):
    """The page cannot be drawn."""

    code = "page-damaged"
    remedy = "Repair the file or get another copy."


class PageTooLarge(PageError):
    """The page is too large to be drawn at a readable size."""

    code = "page-too-large"
    remedy = "Split the page, or lower `render.dpi`."


class RenderTimedOut(PageError):
    """Drawing the page took longer than allowed."""

    code = "render-timed-out"
    remedy = "Raise `render.timeout_s` if the file is sound."


class RenderCrashed(PageError):
    """Drawing the page crashed the renderer."""

    code = "render-crashed"
    remedy = "Repair the file or get another copy."
    again = True


class RenderOutOfMemory(PageError):
    """Drawing the page took more memory than allowed."""

    code = "render-out-of-memory"
    remedy = "Lower `render.dpi` or raise `render.memory_mb`."


class SourceChanged(PageError):
    """The file was changed or removed after it was enqueued."""

    code = "source-changed"
    remedy = "Run `ocrqueue run` or `ocrqueue enqueue` again: changed files are read anew."


class BackendTimedOut(PageError):
    """The backend took longer than allowed for this page."""

    code = "backend-timed-out"
    remedy = "Raise `timeout_s` of the backend."
    again = True
    hand_over = True


class BackendCrashed(PageError):
    """The backend's process ended without an answer."""

    code = "backend-crashed"
    remedy = "Try `ocrqueue retry`; if it comes back, report the page."
    again = True
    hand_over = True


class BackendUnavailable(PageError):
    """The backend cannot be used here."""

    code = "backend-unavailable"
    remedy = "Run `ocrqueue check`."
    hand_over = True


class ReplyRejected(PageError):
    """The backend answered, but the answer is no page."""

    code = "reply-rejected"
    remedy = "Allow another backend in the route, then `ocrqueue retry`."
    again = True
    hand_over = True


class Doubtful(PageError):
    """The text is probably not what the page says (low confidence, few words)."""

    code = "doubtful"
    remedy = "Look at the page; another backend may read it better."
    hand_over = True


class WorkerDied(PageError):
    """The worker reading this page died."""

    code = "worker-died"
    remedy = "Try `ocrqueue retry`; if it comes back, report the page."
    again = True
    hand_over = True


class JobRemoved(PageError):
    """The page's job was removed from the queue by hand."""

    code = "job-removed"
    remedy = "Run `ocrqueue retry`."


class Cancelled(PageError):
    """The page was cancelled."""

    code = "cancelled"
    remedy = "Run `ocrqueue retry` to read it after all."


class ResultMissing(PageError):
    """The page was settled, but its result is not in the workspace."""

    code = "result-missing"
    remedy = "Run `ocrqueue retry`."


class UnexpectedFailure(PageError):
    """The attempt failed in a way we did not foresee: a bug."""

    code = "unexpected"
    remedy = "Report it with the log line."
    again = True
    hand_over = True
