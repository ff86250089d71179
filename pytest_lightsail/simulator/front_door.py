"""Visits: requests to the address of a container service, not to the Lightsail API.

A service can be reached at ``https://NAME.ID.REGION.cs.amazonlightsail.com/`` and at the public
domains that are attached to it. The containers of the *current* deployment respond. If there is no
current deployment, Lightsail's load balancer responds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from .health import Container
from .history import Visit
from .resources import SUFFIX, ContainerService
from .wire import Disconnect, Response, http_date

if TYPE_CHECKING:
    from .account import Account

_BODIES = {404: "404 No Such Service", 503: "503 Service Temporarily Unavailable"}
"""The bodies of the load balancer's responses, as observed. The bodies for other statuses are
assumed to be similar."""

_PATIENCE = 60
"""How many seconds the load balancer waits for a response (assumed: AWS's usual idle timeout)."""


class _Result(NamedTuple):
    """The result of a visit: the response or the kind of disconnect, and how long it takes."""

    status: int = 0
    body: bytes = b""
    seconds: float = 0.0
    why: str = ""
    """Why no container responded, or an empty string."""
    location: str = ""
    error: str | None = None


def has_host(account: Account, host: str) -> bool:
    """Return whether a container service with this host exists."""
    with account.lock:
        return _find(account, _plain(host)) is not None


def serves(account: Account, host: str) -> bool:
    """Return whether a host belongs to a container service or is a domain of this account.

    A domain belongs to the account if a service uses it, a certificate covers it, or a test has
    chosen it as a host.
    """
    name = _plain(host)
    if name.endswith(SUFFIX) or name in account.hosts.values():
        return True
    with account.lock:
        return _find(account, name) is not None or any(
            name in map(str.lower, certificate.domains)
            for region in account.regions.values()
            for certificate in region.certificates.values()
        )


def visit(
    account: Account,
    host: str,
    path: str = "/",
    *,
    method: str = "GET",
    secure: bool = True,
    read_timeout: float | None = None,
) -> Response | Disconnect:
    """Respond to a visit, and advance the clock by the time that the visit takes.

    All HTTP methods get the same response, except that HEAD gets no body. A request over HTTP is
    redirected to HTTPS. Return ``Disconnect("dns_failure")`` if the host belongs to no service, and
    ``Disconnect("read_timeout")`` if the response takes longer than ``read_timeout`` seconds.
    """
    name = _plain(host)
    with account.lock:
        account.clock.advance(account.options.latency)
        account.patience.called(f"{method} {name}", account.options.latency)
        service = _find(account, name)
        if service is None:
            result = _Result(error="dns_failure")
        elif secure:
            result = _respond(account, service, path)
        else:
            result = _balancer(301, "only https is served")
            result = result._replace(location=f"https://{name}{path}")
        if read_timeout is not None and result.seconds > read_timeout:
            result = _Result(seconds=read_timeout, error="read_timeout")
        account.take_time(result.seconds)
        region = account.options.region
        if name.endswith(SUFFIX):
            region = name.removesuffix(SUFFIX).rpartition(".")[2]
        account.history.add(
            Visit(
                host=name,
                method=method,
                path=path.partition("?")[0],
                region=region if service is None else service.region,
                service=None if service is None else service.name,
                at_ns=account.clock.elapsed_ns,
                status=result.status or None,
                error=result.error,
                why=result.why,
            )
        )
        if result.error is not None:
            return Disconnect(result.error)
        headers = (
            ("Date", http_date(account.clock.timestamp)),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(result.body))),
            *([("Location", result.location)] if result.location else []),
        )
        return Response(result.status, headers, b"" if method == "HEAD" else result.body)


def _plain(host: str) -> str:
    return host.partition(":")[0].rstrip(".").lower()


def _find(account: Account, name: str) -> ContainerService | None:
    services = (each for region in account.regions.values() for each in region.services.values())
    return next((each for each in services if name in each.hosts), None)


def _respond(account: Account, service: ContainerService, path: str) -> _Result:
    current = service.current
    # Status 404 is documented (API Reference, ContainerService, ``url``). Status 503 was observed
    # before a service's first deployment. The other statuses are assumed.
    if service.state == "DELETING":
        return _balancer(503, "the service is being deleted")
    if service.is_disabled:
        return _balancer(503, "the service is disabled")
    if current is None:
        return _balancer(503, "no deployment has succeeded")
    if current.public_endpoint is None:
        return _balancer(404, "no public endpoint")
    if current.started is None:
        return _balancer(503, "the service is being enabled")
    age = account.clock.epoch_ns - current.started
    return _container(current.running, age, current.public_endpoint, path)


def _container(
    running: Iterable[Container], age: int, endpoint: Mapping[str, Any], path: str
) -> _Result:
    name, port = endpoint["containerName"], endpoint["containerPort"]
    (container,) = (each for each in running if each.name == name)
    reply = container.image.reply(path, container.environment, port)
    if reply is None or age < container.image.starts_ns:
        return _balancer(502, f'container "{name}" refuses the connection')
    if reply.seconds > _PATIENCE:
        late = _balancer(504, f'container "{name}" has not responded within {_PATIENCE} s')
        return late._replace(seconds=_PATIENCE)
    return _Result(reply.status, reply.body, reply.seconds)


def _balancer(status: int, why: str) -> _Result:
    text = _BODIES.get(status, f"{status} {HTTPStatus(status).phrase}")
    return _Result(status, text.encode(), why=why)
