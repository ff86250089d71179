"""The simulated account as a test holds it: ``simulate()`` and the ``Lightsail`` handle."""

from ..options import Options
from .handle import Lightsail
from .simulate import simulate

__all__ = ["Lightsail", "Options", "simulate"]
