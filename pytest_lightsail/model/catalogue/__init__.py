"""The entries of the rules catalogue, an area a module; ``model.rules`` puts them to use."""

from ..rule import Rule
from . import account, deployments, domains, images, naming

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    *naming.RULES,
    *domains.RULES,
    *deployments.RULES,
    *images.RULES,
    *account.RULES,
)
