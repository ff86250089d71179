"""How violations are told: one example of every rule, and its words."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.rule import Kind, show_path
from tests.support.requests import CREATE, DEPLOY, NEW, UPDATE, checked, deployed, domains, tags

IMAGE = {"serviceName": "shop", "digest": "sha256:" + "0" * 64}

# rule: operation, request, message
EXAMPLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "service-name.length": (
        UPDATE,
        {"serviceName": ""},
        'Container service name "" must have between 1 and 63 characters.',
    ),
    "service-name.pattern": (
        UPDATE,
        {"serviceName": "ab!"},
        (
            'Container service name "ab!" does not match pattern: '
            "^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9])$"
        ),
    ),
    "container-name.length": (
        DEPLOY,
        {"serviceName": "shop", "containers": {"x" * 54: {"image": "nginx"}}},
        f'Container name "{"x" * 54}" must have between 1 and 53 characters.',
    ),
    "container-name.pattern": (
        DEPLOY,
        {"serviceName": "shop", "containers": {"backend_api": {"image": "nginx"}}},
        (
            'Container name "backend_api" does not match pattern: '
            "^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9])$"
        ),
    ),
    "power.values": (
        CREATE,
        {**NEW, "power": "huge"},
        'Power "huge" is not valid. Valid values: nano, micro, small, medium, large, xlarge.',
    ),
    "scale.range": (
        CREATE,
        {**NEW, "scale": 21},
        "Scale 21 is not valid. It must be between 1 and 20.",
    ),
    "tags.count": (
        CREATE,
        tags(*({"key": str(number)} for number in range(51))),
        "tags has 51 tags; a resource can have at most 50.",
    ),
    "tags.unique-keys": (
        CREATE,
        tags({"key": "a"}, {"key": "a"}),
        'Tag key "a" is given more than once, again at tags[1].key.',
    ),
    "tag.key-required": (
        CREATE,
        tags({"value": "a"}),
        "These parameters are required: key (at tags[0].key)",
    ),
    "tag.key-length": (
        CREATE,
        tags({"key": ""}),
        "The tag key at tags[0].key must have between 1 and 128 characters.",
    ),
    "tag.value-length": (
        CREATE,
        tags({"key": "a", "value": "v" * 257}),
        "The tag value at tags[0].value must have at most 256 characters.",
    ),
    "tag.alphabet": (
        CREATE,
        tags({"key": "50%"}),
        "tags[0].key has characters that tags cannot have.",
    ),
    "tag.reserved-prefix": (
        CREATE,
        tags({"key": "aws:x"}),
        'Tag key "aws:x" at tags[0].key begins with aws:, which is reserved.',
    ),
    "domains.count": (
        UPDATE,
        domains({"cert": [f"{number}.example.com" for number in range(5)]}),
        "publicDomainNames names 5 domains; a container service can have at most 4.",
    ),
    "domains.certificates": (
        UPDATE,
        domains({f"cert-{number}": [f"{number}.example.com"] for number in range(5)}),
        "publicDomainNames names 5 certificates; a container service can have at most 4.",
    ),
    "domain.length": (
        UPDATE,
        domains({"cert": [""]}),
        'Domain name "" at publicDomainNames.cert[0] is not valid.',
    ),
    "domain.pattern": (
        UPDATE,
        domains({"cert": ["*.example.com"]}),
        'Domain name "*.example.com" at publicDomainNames.cert[0] is not valid.',
    ),
    "certificate.name": (
        "CreateCertificate",
        {"certificateName": "a", "domainName": "www.example.com"},
        'Certificate name "a" does not match pattern: ^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9_])$',
    ),
    "certificate.names": (
        "CreateCertificate",
        {
            "certificateName": "cert",
            "domainName": "www.example.com",
            "subjectAlternativeNames": [f"{number}.example.com" for number in range(10)],
        },
        "subjectAlternativeNames names 10 domains; a certificate can have at most 9 alternate ones.",
    ),
    "deployment.containers-required": (
        DEPLOY,
        {"serviceName": "shop"},
        "These parameters are required: containers",
    ),
    "containers.count": (
        DEPLOY,
        {"serviceName": "shop", "containers": {}},
        "containers has 0 containers; a deployment can have 1 to 10.",
    ),
    "container.image-required": (
        DEPLOY,
        {"serviceName": "shop", "containers": {"web": {}}},
        "These parameters are required: image (at containers.web.image)",
    ),
    "port.range": (
        DEPLOY,
        deployed(ports={"0": "TCP"}),
        'Port "0" at containers.web.ports.0 is not valid. It must be between 1 and 65535.',
    ),
    "protocol.values": (
        DEPLOY,
        deployed(ports={"80": "http"}),
        'Protocol "http" at containers.web.ports.80 is not valid. Valid values: HTTP, HTTPS, TCP, UDP.',
    ),
    "endpoint.container": (
        DEPLOY,
        deployed({"containerName": "api"}),
        'Container "api" specified in publicEndpoint.containerName is not in the list of containers.',
    ),
    "endpoint.port": (
        DEPLOY,
        deployed({"containerPort": 81}),
        (
            "Invalid port specified. You must specify a port that is in the list of ports of the "
            "specified container."
        ),
    ),
    "endpoint.protocol": (
        DEPLOY,
        deployed({}, ports={"80": "TCP"}),
        (
            "Port 80 at publicEndpoint.containerPort is open as TCP; "
            "a public endpoint needs one of: HTTP, HTTPS."
        ),
    ),
    "health-check.timeout": (
        DEPLOY,
        checked(timeoutSeconds=61),
        (
            "timeoutSeconds 61 at publicEndpoint.healthCheck.timeoutSeconds is not valid. "
            "It must be between 2 and 60 seconds."
        ),
    ),
    "health-check.interval": (
        DEPLOY,
        checked(intervalSeconds=4),
        (
            "intervalSeconds 4 at publicEndpoint.healthCheck.intervalSeconds is not valid. "
            "It must be between 5 and 300 seconds."
        ),
    ),
    "health-check.threshold": (
        DEPLOY,
        checked(healthyThreshold=0),
        (
            "healthyThreshold 0 at publicEndpoint.healthCheck.healthyThreshold is not valid. "
            "It must be at least 1."
        ),
    ),
    "health-check.path": (
        DEPLOY,
        checked(path="health"),
        'path "health" at publicEndpoint.healthCheck.path is not valid. It must begin with "/".',
    ),
    "health-check.success-codes": (
        DEPLOY,
        checked(successCodes="500"),
        (
            'successCodes "500" at publicEndpoint.healthCheck.successCodes is not valid. '
            "Codes must be between 200 and 499."
        ),
    ),
    "health-check.success-codes-order": (
        DEPLOY,
        checked(successCodes="299-200"),
        (
            'successCodes range "299-200" at publicEndpoint.healthCheck.successCodes is not valid: '
            "its end is before its start."
        ),
    ),
    "image.reference": (
        DEPLOY,
        {
            "serviceName": "container-service-1",
            "containers": {"frontend-ui": {"image": ":container-service-1.my-react-ui.LATEST"}},
        },
        (
            'Container "frontend-ui" has invalid image ":container-service-1.my-react-ui.LATEST". '
            'Example of valid image: ":container-service-1.frontend-ui.123".'
        ),
    ),
    "image.own-service": (
        DEPLOY,
        deployed(image=":blog.web.1"),
        'Container "web" has invalid image ":blog.web.1". Example of valid image: ":shop.web.123".',
    ),
    "json.required": (
        CREATE,
        {"power": "nano", "scale": 1},
        "These parameters are required: serviceName",
    ),
    "json.type": (
        CREATE,
        {**NEW, "scale": "1"},
        "scale: expected a whole number of 32 bits, found a string",
    ),
    "label.length": (
        "RegisterContainerImage",
        {**IMAGE, "label": "a" * 54},
        f'Label "{"a" * 54}" must have between 1 and 53 characters.',
    ),
    "image.digest": (
        "RegisterContainerImage",
        {**IMAGE, "digest": "sha256:abc"},
        'Digest "sha256:abc" at digest is not valid.',
    ),
    "label.pattern": (
        "RegisterContainerImage",
        {**IMAGE, "label": "My_Label"},
        'Label "My_Label" does not match pattern: ^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9])$',
    ),
    "json.unknown-member": (CREATE, {**NEW, "force": True}, "Unknown parameter: force"),
}


@pytest.mark.parametrize("rule_id", EXAMPLES)
def test_the_message_and_the_tip_of_a_rule_say_what_and_where(validator, rule_id):
    operation, request, message = EXAMPLES[rule_id]
    violations = validator.violations(operation, request)
    assert message in [one.message for one in violations if one.rule.id == rule_id]
    for violation in violations:
        said = violation.message + violation.tip
        assert show_path(violation.path) in said
        assert "None" not in said
        assert "{path}" not in said


def test_every_rule_that_a_request_alone_can_break_has_its_example_here():
    by_account = {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA}
    decided_here = {
        entry.id
        for entry in RULES
        if entry.kind not in by_account and not entry.id.startswith("model.")
    }
    assert set(EXAMPLES) == decided_here


def test_a_refused_name_is_shown_cut_when_it_is_very_long(validator):
    (violation,) = validator.violations("DeleteContainerService", {"serviceName": "x" * 100_000})
    assert len(violation.message) < 400
    assert "(100000 characters)" in violation.message
