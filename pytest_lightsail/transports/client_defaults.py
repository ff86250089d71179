"""What a Lightsail client is given that is made while an account is active.

Dummy credentials, so that real ones are neither searched for (``credential_process``, instance metadata)
nor used; the account's Region where the caller has chosen none, by argument, profile or environment; and
AWS's own endpoint, whatever endpoint the environment names for child processes. Other services are not
touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.loaders import Loader

from ..endpoints import DUMMY_KEY

__all__ = ["default_session_kept", "fill_in"]

_PARAMETERS = (
    "service_name",
    "region_name",
    "api_version",
    "use_ssl",
    "verify",
    "endpoint_url",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "config",
    "aws_account_id",
)
"""The parameters of botocore's ``Session.create_client``, in order."""

_ENDPOINTS = "ignore_configured_endpoint_urls"
"""The option of ``Config`` by which endpoints of the environment are ignored; botocore has it since 1.31,
and reads such endpoints since then."""

_loaders: dict[tuple[str, ...], Loader] = {}


def fill_in(session: Any, args: tuple[Any, ...], given: dict[str, Any], region: str) -> Any:
    """Return the arguments for ``session.create_client`` with what the caller has left out."""
    arguments = {**dict(zip(_PARAMETERS, args, strict=False)), **given}
    if (
        arguments.get("aws_access_key_id") is None
        and arguments.get("aws_secret_access_key") is None
    ):
        arguments["aws_access_key_id"] = arguments["aws_secret_access_key"] = DUMMY_KEY
    config = arguments.get("config")
    chosen = (
        arguments.get("region_name")
        or getattr(config, "region_name", None)
        or getattr(session.get_default_client_config(), "region_name", None)
        or session.get_config_variable("region")
    )
    if not chosen:
        arguments["region_name"] = region
    if config is None:
        config = Config()
    if getattr(config, _ENDPOINTS, False) is None:
        arguments["config"] = config.merge(_aws_alone())
    _share_loader(session)
    return arguments


def _aws_alone() -> Config:
    option: Any = {_ENDPOINTS: True}
    return Config(**option)


def _share_loader(session: Any) -> None:
    """Let sessions share what is loaded: a session made for one test need not read the model again."""
    loader = session.get_component("data_loader")
    if type(loader) is Loader:
        paths = tuple(loader.search_paths)
        shared = _loaders.get(paths)
        if shared is None or tuple(shared.search_paths) != paths:
            _loaders[paths] = loader
        elif shared is not loader:
            session.register_component("data_loader", shared)


def default_session_kept() -> Callable[[], None]:
    """Return a function that puts back the session which ``boto3`` uses by default now."""
    before = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)

    def put_back() -> None:
        boto3: Any = sys.modules.get("boto3")
        if boto3 is not None:
            boto3.DEFAULT_SESSION = before

    return put_back
