"""Service models of an imaginary later botocore: the current model with some changes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_lightsail.model.service import ServiceModel, parse, read_model

DATA = Path(__file__).parents[1] / "data" / "botocore-1.44.5" / "service-2.json.gz"
Document = dict[str, Any]
_TODAY = read_model(DATA)


def today() -> ServiceModel:
    return parse(_TODAY, source="today")


def later(*changes: Callable[[Document], object]) -> ServiceModel:
    return parse(later_document(*changes), source="later")


def later_document(*changes: Callable[[Document], object]) -> Document:
    document = copy.deepcopy(_TODAY)
    for change in changes:
        change(document)
    # A change that has no effect would make the test pointless.
    assert json.dumps(document) != json.dumps(_TODAY)
    return document


def renames_member(shape: str, old: str, new: str) -> Callable[[Document], object]:
    def change(document: Document) -> None:
        members = document["shapes"][shape]["members"]
        members[new] = members.pop(old)

    return change


def adds_member(shape: str, name: str, of: str = "string") -> Callable[[Document], object]:
    return lambda document: document["shapes"][shape]["members"].update({name: {"shape": of}})


def requires(shape: str, *members: str) -> Callable[[Document], object]:
    def change(document: Document) -> None:
        document["shapes"][shape].setdefault("required", []).extend(members)

    return change


def adds_value(shape: str, value: str) -> Callable[[Document], object]:
    return lambda document: document["shapes"][shape]["enum"].append(value)


def removes_value(shape: str, value: str) -> Callable[[Document], object]:
    return lambda document: document["shapes"][shape]["enum"].remove(value)


def removes_operation(name: str) -> Callable[[Document], object]:
    return lambda document: document["operations"].pop(name)


def changes_operation(name: str, **traits: Any) -> Callable[[Document], object]:
    return lambda document: document["operations"][name].update(traits)


def retargets(shape: str, member: str, target: str) -> Callable[[Document], object]:
    return lambda document: document["shapes"][shape]["members"][member].update(shape=target)
