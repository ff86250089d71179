"""Live views of services and deployments for tests."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ..exceptions import ConfigurationError, Suggesting, unknown_resource
from ..model.lifecycle import State
from ..options import option_fields, parse
from ..simulator.account import Account
from ..simulator.operations import register
from ..simulator.resources import Certificates, ContainerService, Deployment
from ..simulator.wire import Refused


class DeploymentView(Suggesting):
    """A live view of a deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def __repr__(self) -> str:
        return f"<deployment {self.version} {self.state}>"

    @property
    def version(self) -> int:
        """The version number. The first accepted deployment has version 1."""
        return self._deployment.version

    @property
    def state(self) -> str:
        """ACTIVATING, ACTIVE, INACTIVE or FAILED."""
        return self._deployment.state

    @property
    def containers(self) -> dict[str, Any]:
        """The containers as the API returns them, keyed by name."""
        return copy.deepcopy(self._deployment.containers)

    def describe(self) -> dict[str, Any]:
        """Return the deployment as the API returns it, with timestamps as epoch seconds."""
        return copy.deepcopy(self._deployment.describe())


class ServiceView(Suggesting):
    """A live view of a container service."""

    def __init__(self, account: Account, service: ContainerService) -> None:
        self._account = account
        self._service = service

    def __repr__(self) -> str:
        detail = f" ({self.state_detail})" if self.state_detail else ""
        deployments = f"current {self.current_deployment!r}, next {self.next_deployment!r}"
        return f"<container service {self.name} {self.state}{detail}, {deployments}>"

    @property
    def name(self) -> str:
        """The name of the service."""
        return self._service.name

    @property
    def region(self) -> str:
        """The Region of the service."""
        return self._service.region

    @property
    def state(self) -> str:
        """PENDING, READY, DEPLOYING, RUNNING, UPDATING, DISABLED or DELETING."""
        return self._service.state

    @property
    def state_detail(self) -> str | None:
        """The ``stateDetail`` code, or ``None``."""
        return self._service.detail

    @property
    def power(self) -> str:
        """The name of the power, such as ``nano``."""
        return self._service.power

    @property
    def scale(self) -> int:
        """The number of nodes."""
        return self._service.scale

    @property
    def is_disabled(self) -> bool:
        """Whether the service is disabled or being disabled."""
        return self._service.is_disabled

    @property
    def current_deployment(self) -> DeploymentView | None:
        """The running deployment, or ``None`` if no deployment has succeeded yet."""
        return None if self._service.current is None else DeploymentView(self._service.current)

    @property
    def next_deployment(self) -> DeploymentView | None:
        """The deployment that is being activated, or ``None``."""
        return None if self._service.next is None else DeploymentView(self._service.next)

    @property
    def deployments(self) -> list[DeploymentView]:
        """All deployments that the service keeps, from newest to oldest."""
        return [DeploymentView(deployment) for deployment in self._service.deployments]

    @property
    def url(self) -> str:
        """The URL of the public endpoint, with a slash at the end."""
        return self._service.url

    @property
    def tags(self) -> dict[str, str]:
        """The tags. A tag without a value maps to an empty string."""
        return {tag["key"]: tag["value"] for tag in self._service.tags}

    def logs(self, container: str) -> list[str]:
        """Return the lines of a container's log, from oldest to newest.

        If the container never ran, the list is empty.

        Args:
            container: the name of a container in any deployment of the service.

        Raises:
            UnknownResourceError: no deployment has a container of that name. The message lists the
                known names.
        """
        with self._account.lock:
            known = {name for each in self._service.deployments for name in each.containers}
            if container not in known:
                raise unknown_resource(f"container of {self.name} named", container, sorted(known))
            now = self._account.clock.epoch_ns
            return [line for _, line in self._service.lines(container, now)]

    @property
    def images(self) -> list[str]:
        """The references of the stored images, such as ``:shop.web.2``, from newest to oldest."""
        return [*reversed(self._service.images)]

    def enter(self, state: State | str) -> None:
        """End the current event now, so that the service enters ``state``.

        For example, a first deployment ends in RUNNING if it succeeds, and in READY if it fails. A
        deletion ends in ABSENT.

        Raises:
            ConfigurationError: the current event cannot end in that state. The message
                lists the possible states.
        """
        with self._account.lock:
            self._account.progress.enter(self._service, state)

    def describe(self) -> dict[str, Any]:
        """Return the service as the API returns it, with timestamps as epoch seconds."""
        with self._account.lock:
            return copy.deepcopy(self._service.describe())

    def register_image(self, label: str, *, version: int | None = None) -> str:
        """Store an image with the service, as if it had been pushed and registered.

        Args:
            label: the label, such as the name of the container that will use the image.
            version: a number greater than every earlier version (default: the next number).

        Returns:
            The reference to use in deployments, such as ``:shop.web.1``.

        Raises:
            ConfigurationError: the label or the version is invalid, or the service cannot store
                another image.
        """
        with self._account.lock:
            number = self._service.image_versions + 1
            if version is not None and (type(version) is not int or version < number):
                raise ConfigurationError(
                    f"register_image: version={version!r}: expected {number} or more, because "
                    "the version number must increase with each image"
                )
            token = self._account.identifiers.token(f"{self._service.arn}/{version or number}")
            digest = f"sha256:{token * 2}"
            try:
                self._account.check("ContainerLabel", label, "label")
                stored = register(self._account, self._service, label, digest, version)
            except Refused as refused:
                raise ConfigurationError(f"register_image: {refused}") from None
        return str(stored["image"])


class Services(Suggesting, Mapping[str, ServiceView]):
    """The container services of an account or of one of its Regions, keyed by name."""

    def __init__(self, account: Account, region: str | None = None) -> None:
        self._account = account
        self._region = region

    def __getitem__(self, name: str) -> ServiceView:
        found = [service for service in self._all() if service.name == name]
        if len(found) == 1:
            return ServiceView(self._account, found[0])
        if found:
            regions = " and ".join(service.region for service in found)
            raise ConfigurationError(
                f"{name!r} is a container service in {regions}: use lightsail.region(…).services"
            )
        what = f"container service in {self._region} named" if self._region else "container service"
        raise unknown_resource(what, name, self)

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def __iter__(self) -> Iterator[str]:
        return iter([service.name for service in self._all()])

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr([ServiceView(self._account, service) for service in self._all()])

    def _all(self) -> list[ContainerService]:
        return [each for each in self._account.services if self._region in {None, each.region}]


class RegionView(Suggesting):
    """An account's services and certificates in one Region."""

    def __init__(self, account: Account, name: str | None) -> None:
        self._account = account
        self.name = parse(option_fields()["region"], name or account.options.region, "region: ")

    @property
    def services(self) -> Services:
        """The container services, keyed by name."""
        return Services(self._account, self.name)

    @property
    def certificates(self) -> Certificates:
        """The certificates, keyed by name. To add one, assign a ``Certificate`` to a name."""
        return self._account.region(self.name).certificates
