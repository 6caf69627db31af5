"""Where a workspace and its outputs lie, and how object storage is reached."""

from dataclasses import dataclass
from pathlib import Path

from ocrqueue.model.place import Place
from ocrqueue.settings.keys import setting

WORKSPACE_NAME = ".ocrqueue"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """Where the Markdown and the truth about each page go."""

    output: Place = setting(
        Path("ocrqueue-out"), "Folder, or s3://BUCKET/PREFIX, for the Markdown and the ledgers."
    )
    path: Place | None = setting(
        None, 'Folder, or s3://..., for page results and manifests; "" = OUTPUT/.ocrqueue.'
    )

    @property
    def folder(self) -> Place:
        """Where the workspace lies, whether it was set or follows from the output folder."""
        return self.path or self.output / WORKSPACE_NAME

    @property
    def places(self) -> list[Place]:
        """Both, in which no input is looked for."""
        return [self.output, self.folder]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """How buckets are reached; "" = as the standard variables say: AWS_ENDPOINT_URL and others."""

    endpoint: str = setting("", "Address of a service other than Amazon's; AWS_ENDPOINT_URL.")
    region: str = setting("", "Its region; AWS_REGION.")
    allow_http: bool = setting(False, "It may be asked without TLS; AWS_ALLOW_HTTP.")
    access_key_id: str = setting("", "Who asks; AWS_ACCESS_KEY_ID.", secret=True)
    secret_access_key: str = setting("", "His secret; AWS_SECRET_ACCESS_KEY.", secret=True)
    session_token: str = setting("", "Of a key for some hours; AWS_SESSION_TOKEN.", secret=True)
    patience_s: float = setting(30.0, "Seconds it is asked again where it stumbles.", low=1)
    cache_mb: int = setting(10240, "Inputs that are kept on this machine, in MB.", low=1)
