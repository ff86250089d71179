"""How a release can end badly."""


class ReleaseError(Exception):
    """Base of everything this tool raises."""


class ConfigError(ReleaseError, ValueError):
    """The configuration is wrong; AWS was not asked."""


class ReleaseRefused(ReleaseError):
    """Nothing can be released like this; ``code`` is Lightsail's error code, if it was asked."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class ReleaseFailed(ReleaseError):
    """The release did not become active; ``running`` is the version that runs now, if any does."""

    def __init__(
        self, message: str, *, version: int | None = None, running: int | None = None
    ) -> None:
        super().__init__(message)
        self.version = version
        self.running = running


class ReleaseTimeout(ReleaseError):
    """We stopped waiting. What was begun goes on at Lightsail and may still succeed."""
