"""The front door of container services: what answers at their own addresses.

A service is reached at ``https://NAME.ID.REGION.cs.amazonlightsail.com/`` and at the public domains that
are attached to it. Lightsail's load balancer answers for a service that has nothing to show; otherwise
the images of the *current* deployment do.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from .history import Visit
from .resources import SUFFIX, ContainerService, Running
from .wire import Disconnect, Response, http_date

if TYPE_CHECKING:
    from .account import Account


_LABELS = 3
"""Before the suffix: the service, what the account has in the Region, and the Region."""

_BODIES = {404: "404 No Such Service", 503: "503 Service Temporarily Unavailable"}
"""Texts of the load balancer, as observed; the others are assumed to have that form."""

_PATIENCE = 60
"""Seconds that the load balancer waits for an answer (assumed; the usual idle time of one of AWS)."""


class _Reply(NamedTuple):
    """An answer or how it is lost, the seconds it takes, and why it is not the container's, if so."""

    status: int = 0
    body: bytes = b""
    seconds: float = 0.0
    why: str = ""
    location: str = ""
    error: str | None = None


def has_host(account: Account, host: str) -> bool:
    """Return whether a host is one of a container service that there is."""
    with account.lock:
        return _find(account, _plain(host)) is not None


def serves(account: Account, host: str) -> bool:
    """Return whether a host belongs to a container service, or is a domain of this account.

    A domain belongs to the account if a service uses it, a certificate names it, or a test chose it.
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
    """Answer a request to the address of a service, and move the clock by the time that it takes.

    HEAD gets no body, all other methods what GET gets; by http there is a redirection. A host that
    belongs to no service is ``Disconnect("dns_failure")``, an answer that takes longer than
    ``read_timeout`` seconds ``Disconnect("read_timeout")``.
    """
    name = _plain(host)
    with account.lock:
        account.clock.advance(account.options.latency)
        account.patience.called(f"{method} {name}", account.options.latency)
        service = _find(account, name)
        if service is None:
            answer = _Reply(error="dns_failure")
        elif secure:
            answer = _answer(account, service, path)
        else:
            location = f"https://{name}{path}"
            answer = _of_balancer(301, "only https is served")._replace(location=location)
        if read_timeout is not None and answer.seconds > read_timeout:
            answer = _Reply(seconds=read_timeout, error="read_timeout")
        account.take_time(answer.seconds)
        labels = name.removesuffix(SUFFIX).split(".")
        named = name.endswith(SUFFIX) and len(labels) == _LABELS
        region = labels[-1] if named else account.options.region
        account.history.add(
            Visit(
                host=name,
                method=method,
                path=path.partition("?")[0],
                region=region if service is None else service.region,
                service=None if service is None else service.name,
                at_ns=account.clock.elapsed_ns,
                status=answer.status or None,
                error=answer.error,
                why=answer.why,
            )
        )
        if answer.error is not None:
            return Disconnect(answer.error)
        headers = (
            ("Date", http_date(account.clock.timestamp)),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(answer.body))),
            *([("Location", answer.location)] if answer.location else []),
        )
        return Response(answer.status, headers, b"" if method == "HEAD" else answer.body)


def _plain(host: str) -> str:
    return host.partition(":")[0].rstrip(".").lower()


def _find(account: Account, name: str) -> ContainerService | None:
    for region in account.regions.values():
        for service in region.services.values():
            if name in service.hosts:
                return service
    return None


def _answer(account: Account, service: ContainerService, path: str) -> _Reply:
    current = service.current
    running = None if current is None else current.running
    # 404 is documented (API Reference, ContainerService, ``url``), 503 before the first deployment has
    # been observed, the others are assumed.
    if service.state == "DELETING":
        return _of_balancer(503, "the service is being deleted")
    if service.is_disabled:
        return _of_balancer(503, "the service is disabled")
    if current is None or running is None:
        return _of_balancer(503, "no deployment has succeeded")
    if current.public_endpoint is None:
        return _of_balancer(404, "no public endpoint")
    if running.ended is not None:
        return _of_balancer(503, "it is being enabled")
    return _of_container(account, running, current.public_endpoint, path)


def _of_container(
    account: Account, running: Running, endpoint: Mapping[str, Any], path: str
) -> _Reply:
    name, port = endpoint["containerName"], endpoint["containerPort"]
    (container,) = (one for one in running.containers if one.name == name)
    age = account.clock.epoch_ns - running.started
    reply = container.image.answer_at(path, age, container.environment, port)
    if reply is None:
        return _of_balancer(502, f'container "{name}" refuses the connection')
    if reply.seconds > _PATIENCE:
        late = _of_balancer(504, f'container "{name}" has not answered in {_PATIENCE} s')
        return late._replace(seconds=_PATIENCE)
    return _Reply(reply.status, reply.body, reply.seconds)


def _of_balancer(status: int, why: str) -> _Reply:
    text = _BODIES.get(status, f"{status} {HTTPStatus(status).phrase}")
    return _Reply(status, text.encode(), why=why)
