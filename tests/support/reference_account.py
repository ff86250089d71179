"""A small model of the documented rules, written without a look at the simulator.

It knows no time: the test tells it when a change has ended, and how.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ReferenceService:
    """What a caller may rely on of one container service."""

    state: str = "PENDING"
    disabled: bool = False
    scale: int = 1
    doomed: bool = False
    """The deployment that is on its way will fail."""
    deployments: dict[int, str] = field(default_factory=dict)
    """The state of each version."""

    @property
    def current(self) -> int | None:
        active = [version for version, state in self.deployments.items() if state == "ACTIVE"]
        assert len(active) <= 1
        return active[0] if active else None

    @property
    def next(self) -> int | None:
        pending = [version for version, state in self.deployments.items() if state == "ACTIVATING"]
        assert len(pending) <= 1
        return pending[0] if pending else None

    @property
    def settled(self) -> str:
        """The state in which it rests."""
        if self.disabled:
            return "DISABLED"
        return "READY" if self.current is None else "RUNNING"

    def may(self, call: str) -> bool:
        """Whether the service takes a call now."""
        resting = self.state in {"READY", "RUNNING"}
        return resting if call == "deploy" else resting or self.state == "DISABLED"

    def deploys(self, *, doomed: bool) -> None:
        self.state, self.doomed = "DEPLOYING", doomed
        self.deployments[len(self.deployments) + 1] = "ACTIVATING"

    def comes_to_rest(self) -> None:
        """Whatever was going on has ended."""
        failed, self.doomed = self.doomed, False
        version, before = self.next, self.current
        if version is not None:
            self.deployments[version] = "FAILED" if failed else "ACTIVE"
            if before is not None and not failed:
                self.deployments[before] = "INACTIVE"
        self.state = self.settled
