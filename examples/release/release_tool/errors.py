"""The errors of a release."""


class ReleaseError(Exception):
    """The base class of all errors that this tool raises."""


class ConfigError(ReleaseError, ValueError):
    """The configuration is invalid. No call was made."""


class ReleaseRefused(ReleaseError):
    """The release was refused. ``code`` is Lightsail's error code, if a call was made."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class ReleaseFailed(ReleaseError):
    """The release did not become active. ``running`` is the version that is still running, if any."""

    def __init__(
        self, message: str, *, version: int | None = None, running: int | None = None
    ) -> None:
        super().__init__(message)
        self.version = version
        self.running = running


class ReleaseTimeout(ReleaseError):
    """The tool stopped waiting. The change continues on Lightsail and may still succeed."""
