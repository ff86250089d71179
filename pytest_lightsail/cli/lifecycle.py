"""The states and transitions as Markdown, for ``pytest-lightsail lifecycle``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..model.lifecycle import (
    ABSENT,
    CERTIFICATE_EDGES,
    DEPLOYMENT_EDGES,
    FAILING_SECONDS,
    REFUSALS,
    SERVICE_EDGES,
    STATE_DETAILS,
    TIMELINES,
    Edge,
    Stage,
)

__all__ = ["lifecycle_reference"]


_ENDS = {ABSENT: "[*]"}


def lifecycle_reference() -> str:
    """Return the page as Markdown, with Mermaid state diagrams."""
    head = (
        "# The life of a container service\n\nGenerated from the tables by "
        "`pytest-lightsail lifecycle`; do not edit. A service or a deployment changes its state along "
        "an edge, and in no other way."
    )
    parts = [
        head,
        "## Container services\n\n" + _diagram(SERVICE_EDGES),
        _edges(SERVICE_EDGES),
        "## Deployments\n\n" + _diagram(DEPLOYMENT_EDGES),
        _edges(DEPLOYMENT_EDGES),
        "## Certificates\n\n" + _diagram(CERTIFICATE_EDGES),
        _edges(CERTIFICATE_EDGES),
        "## Refusals\n\nAn API call for which a state has no edge is refused by one of the "
        "[rules](rules.md); by `state.busy` where none is named here.\n\n"
        + _table(
            ("State", "Call", "Rule"),
            [(state, call, f"`{rule}`") for (state, call), rule in REFUSALS.items()],
        ),
        "## How long it takes\n\nThe pace `realistic`. A deployment that a script lets fail is given "
        f"up {FAILING_SECONDS:g} seconds after the step that fails has begun.\n\n"
        + _table(
            ("Event", "State", "`stateDetail`", "Lasts"),
            [
                (event, stage.state, stage.detail or "none", _lasts(stage))
                for event, stages in TIMELINES.items()
                for stage in stages
            ],
        ),
        "## Codes of `stateDetail`\n\nThe texts are assumed.\n\n"
        + _table(("Code", "Message"), [(code, text) for code, text in STATE_DETAILS.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _diagram(edges: Iterable[Edge]) -> str:
    arrows = (
        f"    {_ENDS.get(edge.state, edge.state)} --> {_ENDS.get(edge.target, edge.target)}"
        f": {edge.trigger}"
        for edge in edges
    )
    return "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```"])


def _edges(edges: Iterable[Edge]) -> str:
    return _table(
        ("From", "Trigger", "To", "Source"),
        [(edge.state, f"`{edge.trigger}`", edge.target, edge.source) for edge in edges],
    )


def _lasts(stage: Stage) -> str:
    return f"{stage.seconds:g} s" if stage.polls is None else f"{stage.polls} polls"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
