"""What the renderer is given and what it says of a document."""

from dataclasses import dataclass, field

from ocrqueue.model import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderLimits:
    """What one request to the child may take."""

    timeout_s: float = 30.0  # seconds for one count or one page
    memory_mb: int = 2048  # MiB above what the idle child takes
    # Pixels of the long side: A3 at 200 dpi fits. More did not read better: word recall on ten
    # typed scans of one pixel a point was 0.76 at 2500, 0.75 at 3400, 0.74 at 4000 (near noise).
    max_side_px: int = 3400
    recycle_after: int = 500  # requests after which the child is replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a document is and how many pages it claims."""

    kind: Kind
    pages: int
    password: str | None = field(repr=False)  # the one that opened it; None: it needs none
