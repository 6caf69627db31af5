"""What `ocrqueue bench` compares its measurements with."""

from dataclasses import dataclass, field

from ocrqueue.settings.keys import about


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetsSettings:
    """What `bench` compares with (acceptable, target, stretch); as it comes, a MacBook Air M2."""

    pages_per_min: tuple[float, ...] = field(
        default=(3.0, 5.0, 8.0), metadata=about("Pages a minute; [] = no target.")
    )
    tokens_per_s: tuple[float, ...] = field(
        default=(15.0, 25.0, 50.0), metadata=about("Tokens a second, while a page is written.")
    )
    peak_memory_gb: tuple[float, ...] = field(
        default=(16.0, 14.0, 10.0), metadata=about("Most memory, in GB (2^30 bytes).")
    )
    load_s: tuple[float, ...] = field(
        default=(40.0, 20.0, 10.0), metadata=about("Seconds to load the model.")
    )
    first_page_s: tuple[float, ...] = field(
        default=(25.0, 15.0, 8.0), metadata=about("Seconds for the first page.")
    )
    overhead_percent: tuple[float, ...] = field(
        default=(5.0, 3.0, 1.0), metadata=about("Share of the time outside the backend.")
    )
