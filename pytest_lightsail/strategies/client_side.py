"""What botocore refuses by itself, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import botocore.exceptions
import botocore.loaders
import botocore.model
import botocore.validate

__all__ = ["client_error"]


@lru_cache(maxsize=1)
def _service() -> Any:
    loader = botocore.loaders.Loader()
    return botocore.model.ServiceModel(
        loader.load_service_model("lightsail", "service-2"), "lightsail"
    )


def client_error(operation: str, request: Mapping[str, Any]) -> str | None:
    """The text of the ParamValidationError that botocore raises for a request; ``None`` for none.

    Found by botocore's own validator, since what it checks (lower bounds, but no upper ones) is its own.
    """
    shape = _service().operation_model(operation).input_shape
    if shape is None:
        return None
    report = botocore.validate.ParamValidator().validate(request, shape)
    if not report.has_errors():
        return None
    text: str = str(botocore.exceptions.ParamValidationError(report=report.generate_report()))
    return text
