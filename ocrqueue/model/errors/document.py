"""What costs a whole document; the batch goes on."""

from ocrqueue.model.errors.base import OcrqueueError


class DocumentError(OcrqueueError):
    """A whole document cannot be read."""

    code = "document"


class NotSupported(DocumentError):
    """The content is not a PDF or an image we read, whatever its name says."""

    code = "not-supported"
    remedy = "Convert it to PDF, PNG, JPEG, TIFF or WebP."


class ExtraMissing(NotSupported):
    """The file is of a kind that needs an extra, and that is not installed."""

    code = "extra-missing"
    remedy = (
        "In a checkout of ocrqueue `pip install '.[heif]'`; or convert the file to JPEG or PDF."
    )


class FileUnreadable(DocumentError):
    """The file is missing or may not be read."""

    code = "file-unreadable"
    remedy = "Check that the file is there and may be read."


class FileChanging(DocumentError):
    """The file changes while it is looked at: somebody still writes it."""

    code = "file-changing"
    remedy = "Run the same command again when the file is complete."


class OutputNotWritten(DocumentError):
    """The Markdown or the ledger cannot be written into the output folder."""

    code = "output-not-written"
    remedy = "Make room, or check who may write there; then run the same command again."


class DocumentDamaged(DocumentError):
    """The file is damaged beyond what the reader can repair."""

    code = "damaged"
    remedy = "Repair it (for example with `qpdf IN OUT`) or get another copy."


class PasswordNeeded(DocumentError):
    """The PDF is encrypted and no password was given."""

    code = "password-needed"
    remedy = "Give it: `ocrqueue retry --password TEXT`, or `--password-file`."


class PasswordWrong(DocumentError):
    """The PDF is encrypted and none of the given passwords opens it."""

    code = "password-wrong"
    remedy = "Give the right one: `ocrqueue retry --password TEXT`, or `--password-file`."


class MayNotLeave(DocumentError):
    """The document may not leave this machine, and its route has remote backends only."""

    code = "may-not-leave"
    remedy = "Put a local backend into the route, or allow it: `--allow-remote`."


class NotNamed(DocumentError):
    """Only the workspace says that this file is to be read, no command of this user."""

    code = "not-named"
    remedy = "Name it once more: `ocrqueue run FOLDER -o OUT`."


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
