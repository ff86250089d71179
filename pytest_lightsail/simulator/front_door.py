"""Visits: requests to the address of a container service, not to the Lightsail API.

A service can be reached at ``https://NAME.ID.REGION.cs.amazonlightsail.com/`` and at the public
domains that are attached to it. The containers of the *current* deployment respond. If there is no
current deployment, Lightsail's load balancer responds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .history import Visit
from .resources import SUFFIX, ContainerService
from .wire import Disconnect, Response, http_date

if TYPE_CHECKING:
    from .account import Account

_NO_SUCH_SERVICE = 404, b"404 No Such Service"
_BAD_GATEWAY = 502, b"502 Bad Gateway"
_UNAVAILABLE = 503, b"503 Service Temporarily Unavailable"
"""The responses of the load balancer. The bodies of the first and the last have been observed."""


def service_at(account: Account, host: str) -> ContainerService | None:
    """Return the container service with this host, or ``None``."""
    name = _plain(host)
    with account.lock:
        return next((each for each in account.services if name in each.hosts), None)


def serves(account: Account, host: str) -> bool:
    """Return whether a host belongs to a container service or is a domain of this account.

    A domain belongs to the account if a service uses it, a certificate covers it, or a test has
    chosen it as a host.
    """
    name = _plain(host)
    if name.endswith(SUFFIX) or name in account.hosts.values():
        return True
    with account.lock:
        return service_at(account, name) is not None or any(
            name in map(str.lower, certificate.domains)
            for region in account.regions.values()
            for certificate in region.certificates.values()
        )


def visit(
    account: Account, host: str, path: str = "/", *, method: str = "GET"
) -> Response | Disconnect:
    """Respond to a visit, and advance the clock by the latency of a call.

    The response is the same for all HTTP methods. The transports remove the body of responses to
    HEAD requests. Return ``Disconnect("dns_failure")`` if the host belongs to no service.
    """
    name = _plain(host)
    with account.lock:
        account.clock.advance(account.options.latency)
        account.patience.called(account.options.latency)
        service = service_at(account, name)
        response = None if service is None else _respond(account, service, path)
        account.history.add(
            Visit(
                host=name,
                method=method,
                path=path.partition("?")[0],
                region=account.options.region if service is None else service.region,
                service=None if service is None else service.name,
                at_ns=account.clock.elapsed_ns,
                status=response and response[0],
                error=None if response else "dns_failure",
            )
        )
        if response is None:
            return Disconnect("dns_failure")
        status, body = response
        headers = (
            ("Date", http_date(account.clock.timestamp)),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        )
        return Response(status, headers, body)


def _plain(host: str) -> str:
    return host.partition(":")[0].rstrip(".").lower()


def _respond(account: Account, service: ContainerService, path: str) -> tuple[int, bytes]:
    # Status 404 is documented (API Reference, ContainerService, ``url``). Status 503 was observed
    # before a service's first deployment. The other statuses are assumed.
    current = service.current
    if current is None or service.is_disabled or service.state == "DELETING":
        return _UNAVAILABLE
    if current.public_endpoint is None:
        return _NO_SUCH_SERVICE
    if current.started is None:  # the service is being enabled
        return _UNAVAILABLE
    public = current.public_endpoint["containerName"]
    (container,) = (each for each in current.running if each.name == public)
    if account.clock.epoch_ns < current.started + container.starts_ns:
        return _BAD_GATEWAY
    return container.reply(path)
