"""Errors: their types, statuses, members and messages."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.rule import Kind
from pytest_lightsail.model.service import load
from pytest_lightsail.simulator.resources import Certificate
from pytest_lightsail.simulator.wire import STATUS, Refused, ServiceError, refuse

CREATE, DEPLOY, UPDATE, DELETE, GET = (
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "UpdateContainerService",
    "DeleteContainerService",
    "GetContainerServices",
)
NEW = {"serviceName": "shop", "power": "nano", "scale": 1}


def web(image: str = "nginx", **more: object) -> dict[str, object]:
    return {"serviceName": "shop", "containers": {"web": {"image": image, **more}}}


def nothing(world) -> None:
    pass


def ready(world) -> None:
    world.ready()


def pending(world) -> None:
    world.create()


def disabled(world) -> None:
    world.disabled("warren-app")


def full(world) -> None:
    for number in range(100):
        world.create(f"s{number}")


def eighth_deployment(world) -> None:
    world.ready("warren-app")
    for _ in range(7):
        world.deploy("warren-app")
        world.settle()
    world.deploy("warren-app")


def certificates(world) -> None:
    world.ready("blog")
    held = world.account.region(world.HOME).certificates
    held["new"] = Certificate(("new.example.com",), "PENDING_VALIDATION")
    held["site"] = Certificate(("www.example.com", "api.example.com"))
    world.update("blog", publicDomainNames={"site": ["api.example.com"]})
    world.ready()


SITE = {"certificateName": "site", "domainName": "www.example.com"}
IMAGE = {"serviceName": "shop", "label": "web", "digest": f"sha256:{'0' * 64}"}


def log(container: str, **more: object) -> dict[str, object]:
    return {"serviceName": "shop", "containerName": container, **more}


def ten_certificates(world) -> None:
    held = world.account.region(world.HOME).certificates
    for number in range(10):
        held[f"c{number}"] = Certificate((f"{number}.example.com",))


def many_images(world) -> None:
    world.ready()
    for _ in range(150):
        world.call("RegisterContainerImage", **IMAGE)


def deployed(world) -> None:
    world.ready()
    world.deploy()


DOMAIN = {"domainName": "example.com"}


def domain(world) -> None:
    assert world.call("CreateDomain", **DOMAIN).status == 200


def image_in_use(world) -> None:
    world.ready()
    world.call("RegisterContainerImage", **IMAGE)
    world.deploy(containers={"web": {"image": ":shop.web.latest"}})


def domains(**names: list[str]) -> dict[str, object]:
    return {"serviceName": "shop", "publicDomainNames": names}


WARREN = {"serviceName": "warren-app"}

# For each rule about the account: the preparation, the call, and a part of the message.
ACCOUNT_RULES = {
    "certificate.exists": (ready, UPDATE, domains(none=["www.example.com"]), "do not exist"),
    "certificate.issued": (certificates, UPDATE, domains(new=["new.example.com"]), "ISSUED"),
    "certificate.covers-domain": (certificates, UPDATE, domains(site=["x.example.com"]), "site"),
    "domain.one-service": (certificates, UPDATE, domains(site=["api.example.com"]), "blog"),
    "certificate.name-free": (certificates, "CreateCertificate", SITE, "site"),
    "certificate.known": (nothing, "DeleteCertificate", {"certificateName": "site"}, "site"),
    "certificate.unused": (certificates, "DeleteCertificate", {"certificateName": "site"}, "blog"),
    "quota.certificates": (ten_certificates, "CreateCertificate", SITE, "10"),
    "quota.images": (many_images, "RegisterContainerImage", IMAGE, "150"),
    "log.container": (ready, "GetContainerLog", log("web"), "web"),
    "page.token": (deployed, "GetContainerLog", log("web", pageToken="x"), "x"),
    "registry.needs-service": (
        nothing,
        "CreateContainerServiceRegistryLogin",
        {},
        "You must create a container service",
    ),
    "resource.exists": (nothing, "TagResource", {"resourceName": "shop", "tags": []}, "shop"),
    "image.stored": (
        ready,
        "DeleteContainerImage",
        {"serviceName": "shop", "image": ":shop.web.1"},
        ":shop.web.1",
    ),
    "image.unused": (
        image_in_use,
        "DeleteContainerImage",
        {"serviceName": "shop", "image": ":shop.web.1"},
        "deployment 1",
    ),
    "image.exists": (ready, DEPLOY, web(":shop.web.1"), ":shop.web.1"),
    "service.exists": (nothing, GET, {"serviceName": "shop"}, "shop"),
    "service.name-free": (ready, CREATE, NEW, "shop"),
    "quota.services": (full, CREATE, NEW, "maximum limit"),
    "state.deployment-in-progress": (eighth_deployment, DELETE, WARREN, "deployment 8"),
    "state.busy": (pending, UPDATE, {"serviceName": "shop"}, "PENDING"),
    "state.disabled": (disabled, DEPLOY, {**web(), **WARREN}, "disabled and cannot be deployed to"),
    "domain.region": (
        nothing,
        "GetDomains",
        {},
        "only available in the us-east-1 Region",
        "eu-west-1",
    ),
    "domain.name-free": (domain, "CreateDomain", DOMAIN, "example.com"),
    "domain.known": (nothing, "GetDomain", DOMAIN, "example.com"),
    "domain-entry.known": (
        domain,
        "DeleteDomainEntry",
        {**DOMAIN, "domainEntry": {"id": "7"}},
        "7",
    ),
    "operation.exists": (nothing, "GetOperation", {"operationId": "7"}, "7"),
}
every_account_rule = pytest.mark.parametrize("rule_id", ACCOUNT_RULES)


@every_account_rule
def test_a_call_that_breaks_an_account_rule_is_refused(world, rule_id):
    prepare, operation, parameters, part, *region = ACCOUNT_RULES[rule_id]
    prepare(world)
    body = world.refused(operation, **parameters, **dict(zip(("region",), region, strict=False)))
    assert part in body["message"]
    assert world.account.history.calls[-1].rule == rule_id


@every_account_rule
def test_the_message_and_tip_of_an_account_rule_have_no_empty_placeholders(world, rule_id):
    prepare, operation, parameters, _, *region = ACCOUNT_RULES[rule_id]
    prepare(world)
    body = world.refused(operation, **parameters, **dict(zip(("region",), region, strict=False)))
    assert "None" not in body["message"] + body["tip"]
    assert "{" not in body["message"] + body["tip"]
    assert body["tip"]


def test_every_account_rule_has_an_example():
    decided = {entry.id for entry in RULES if entry.kind in {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA}}
    assert set(ACCOUNT_RULES) == decided - {
        "quota.deployments-kept",  # this quota drops old deployments and refuses nothing
    }


# --- members -----------------------------------------------------------------------------------------


def test_an_error_has_a_type_a_code_a_message_and_a_tip(world):
    body = world.refused(GET, serviceName="shop")
    assert set(body) == {"__type", "code", "message", "tip"}
    assert all(isinstance(value, str) for value in body.values())


def test_the_code_of_not_found_is_the_one_that_terraform_expects(world):
    body = world.refused(GET, serviceName="shop")
    assert (body["__type"], body["code"]) == ("NotFoundException", "DoesNotExist")


def test_the_code_of_any_other_error_is_its_type(world):
    body = world.refused(DELETE)
    assert body["code"] == body["__type"] == "InvalidInputException"


def test_an_error_outside_the_model_has_only_a_message(world):
    reply = world.read(world.send(b"{"))
    assert set(reply.body) == {"__type", "message"}


def test_the_first_of_several_violations_is_reported(world):
    body = world.refused(CREATE, serviceName="Shop", power="huge", scale=0)
    assert "Shop" in body["message"]


def test_an_invalid_request_is_refused_before_the_account_is_checked(world):
    body = world.refused(UPDATE, serviceName="shop", scale=0)
    assert body["__type"] == "InvalidInputException"


def test_an_error_does_not_contain_environment_values(world):
    world.ready()
    response = world.handle(DEPLOY, **web("nginx:", environment={"TOKEN": "hunter2"}))
    assert response.status == 400
    assert b"hunter2" not in response.body


# --- statuses ----------------------------------------------------------------------------------------


def test_modelled_errors_have_status_400_except_for_service_exception():
    shapes = load().shapes
    statuses = {
        name: status for name, status in STATUS.items() if name in shapes and shapes[name].error
    }
    assert statuses.pop("ServiceException") == 500
    assert set(statuses.values()) == {400}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("ThrottlingException", 400),
        ("UnknownOperationException", 404),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("ExpiredTokenException", 403),
        ("UnrecognizedClientException", 403),
        ("RequestEntityTooLargeException", 413),
        ("IncompleteSignature", 403),
        ("InvalidSignatureException", 403),
        ("MissingAuthenticationTokenException", 403),
        ("OptInRequired", 403),
        ("NotAuthorized", 401),
        ("RequestTimeoutException", 408),
        ("RequestAbortedException", 400),
        ("MalformedHttpRequestException", 400),
        ("SerializationException", 400),
        ("ValidationError", 400),
    ],
)
def test_errors_of_the_front_end_have_their_documented_status(name, status):
    assert ServiceError(name, "").status == status


def test_a_refusal_names_the_broken_rule():
    refused = refuse("service.exists", ("serviceName",), "shop", region="us-east-1")
    assert isinstance(refused, Refused)
    assert refused.error.rule == "service.exists"
    assert str(refused) == refused.error.message
