"""A small model of the documented rules, written independently of the simulator.

The model has no clock: the test reports when a change has ended, and how.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ReferenceService:
    """The properties of one container service that a caller may rely on."""

    state: str = "PENDING"
    disabled: bool = False
    scale: int = 1
    doomed: bool = False
    """Whether the next deployment will fail."""
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
    def resting_state(self) -> str:
        """Return the state of the service while no change is under way."""
        if self.disabled:
            return "DISABLED"
        return "READY" if self.current is None else "RUNNING"

    def accepts(self, call: str) -> bool:
        """Return whether the service accepts a call in its present state."""
        resting = self.state in {"READY", "RUNNING"}
        return resting if call == "deploy" else resting or self.state == "DISABLED"

    def deploys(self, *, doomed: bool) -> None:
        self.state, self.doomed = "DEPLOYING", doomed
        self.deployments[len(self.deployments) + 1] = "ACTIVATING"

    def settle(self) -> None:
        """End the change that is under way, if any."""
        failed, self.doomed = self.doomed, False
        version, before = self.next, self.current
        if version is not None:
            self.deployments[version] = "FAILED" if failed else "ACTIVE"
            if before is not None and not failed:
                self.deployments[before] = "INACTIVE"
        self.state = self.resting_state
