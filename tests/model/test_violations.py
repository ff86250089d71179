"""The message of a violation of each rule."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.rule import Kind, show_path
from tests.support.requests import CREATE, DEPLOY, NEW, UPDATE, checked, deployed, domains, tags

IMAGE = {"serviceName": "shop", "digest": "sha256:" + "0" * 64}

# Maps each rule to an operation, a request that breaks the rule, and the message.
EXAMPLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "service-name.length": (
        UPDATE,
        {"serviceName": ""},
        'serviceName is not valid: found "", allowed: 1 to 63 characters.',
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
        f'containers.{"x" * 54} is not valid: found "{"x" * 54}", allowed: 1 to 53 characters.',
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
        'power is not valid: found "huge", allowed: one of nano, micro, small, medium, large, xlarge.',
    ),
    "scale.range": (
        CREATE,
        {**NEW, "scale": 21},
        "scale is not valid: found 21, allowed: 1 to 20.",
    ),
    "tags.count": (
        CREATE,
        tags(*({"key": str(number)} for number in range(51))),
        "tags is not valid: found 51, allowed: at most 50 elements.",
    ),
    "tags.unique-keys": (
        CREATE,
        tags({"key": "a"}, {"key": "a"}),
        (
            'tags[1].key is not valid: found "a", but '
            "no two tags on a resource may have the same key."
        ),
    ),
    "tag.key-required": (
        CREATE,
        tags({"value": "a"}),
        "These parameters are required: key",
    ),
    "tag.key-length": (
        CREATE,
        tags({"key": ""}),
        'tags[0].key is not valid: found "", allowed: 1 to 128 characters.',
    ),
    "tag.value-length": (
        CREATE,
        tags({"key": "a", "value": "v" * 257}),
        (
            f'tags[0].value is not valid: found "{"v" * 200}… (257 characters)", '
            "allowed: at most 256 characters."
        ),
    ),
    "tag.alphabet": (
        CREATE,
        tags({"key": "50%"}),
        "tags[0].key contains characters that are not allowed in tags.",
    ),
    "tag.reserved-prefix": (
        CREATE,
        tags({"key": "aws:x"}),
        'Tag key "aws:x" at tags[0].key begins with aws:, which is reserved.',
    ),
    "domains.count": (
        UPDATE,
        domains({"cert": [f"{number}.example.com" for number in range(5)]}),
        "publicDomainNames has 5 domain names; a container service can have at most 4.",
    ),
    "domain.length": (
        UPDATE,
        domains({"cert": [""]}),
        'publicDomainNames.cert[0] is not valid: found "", allowed: 1 to 253 characters.',
    ),
    "domain.pattern": (
        UPDATE,
        domains({"cert": ["*.example.com"]}),
        (
            'publicDomainNames.cert[0] is not valid: "*.example.com" '
            "is not a domain name with at least two labels."
        ),
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
        "subjectAlternativeNames is not valid: found 10, allowed: at most 9 elements.",
    ),
    "deployment.containers-required": (
        DEPLOY,
        {"serviceName": "shop"},
        "These parameters are required: containers",
    ),
    "containers.count": (
        DEPLOY,
        {"serviceName": "shop", "containers": {}},
        "containers is not valid: found 0, allowed: 1 to 10 elements.",
    ),
    "container.image-required": (
        DEPLOY,
        {"serviceName": "shop", "containers": {"web": {}}},
        "These parameters are required: image",
    ),
    "port.range": (
        DEPLOY,
        deployed(ports={"0": "TCP"}),
        'containers.web.ports.0 is not valid: found "0", allowed: 1 to 65535.',
    ),
    "protocol.values": (
        DEPLOY,
        deployed(ports={"80": "http"}),
        (
            'containers.web.ports.80 is not valid: found "http", allowed: '
            "one of HTTP, HTTPS, TCP, UDP."
        ),
    ),
    "endpoint.container": (
        DEPLOY,
        deployed({"containerName": "api"}),
        (
            'publicEndpoint.containerName is not valid: found "api", but '
            "the public endpoint must name a container in the deployment."
        ),
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
            "publicEndpoint.containerPort is not valid: found port 80, which uses TCP, allowed: "
            "one of HTTP, HTTPS."
        ),
    ),
    "health-check.timeout": (
        DEPLOY,
        checked(timeoutSeconds=61),
        ("publicEndpoint.healthCheck.timeoutSeconds is not valid: found 61, allowed: 2 to 60."),
    ),
    "health-check.interval": (
        DEPLOY,
        checked(intervalSeconds=4),
        ("publicEndpoint.healthCheck.intervalSeconds is not valid: found 4, allowed: 5 to 300."),
    ),
    "health-check.threshold": (
        DEPLOY,
        checked(healthyThreshold=0),
        ("publicEndpoint.healthCheck.healthyThreshold is not valid: found 0, allowed: at least 1."),
    ),
    "health-check.path": (
        DEPLOY,
        checked(path="health"),
        (
            'publicEndpoint.healthCheck.path is not valid: found "health", allowed: '
            "a string that matches ^(?:/[!-~]*)$."
        ),
    ),
    "health-check.success-codes": (
        DEPLOY,
        checked(successCodes="500"),
        (
            'publicEndpoint.healthCheck.successCodes "500" is not valid. '
            "Codes must be between 200 and 499."
        ),
    ),
    "health-check.success-codes-order": (
        DEPLOY,
        checked(successCodes="299-200"),
        (
            'publicEndpoint.healthCheck.successCodes is not valid: found "299-200", but '
            "a range of status codes must begin with the lower code."
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
    "json.required": (
        CREATE,
        {"power": "nano", "scale": 1},
        "These parameters are required: serviceName",
    ),
    "json.type": (
        CREATE,
        {**NEW, "scale": "1"},
        "scale: expected a 32-bit integer, found a string",
    ),
    "label.length": (
        "RegisterContainerImage",
        {**IMAGE, "label": "a" * 54},
        f'label is not valid: found "{"a" * 54}", allowed: 1 to 53 characters.',
    ),
    "image.digest": (
        "RegisterContainerImage",
        {**IMAGE, "digest": "sha256:abc"},
        (
            'digest is not valid: found "sha256:abc", allowed: '
            "a string that matches ^(?:sha256:[0-9a-f]{64})$."
        ),
    ),
    "label.pattern": (
        "RegisterContainerImage",
        {**IMAGE, "label": "My_Label"},
        'Label "My_Label" does not match pattern: ^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9])$',
    ),
    "json.unknown-member": (CREATE, {**NEW, "force": True}, "Unknown parameter: force"),
}


@pytest.mark.parametrize("rule_id", EXAMPLES)
def test_a_violation_has_the_message_of_its_rule_and_shows_its_path(validator, rule_id):
    operation, request, message = EXAMPLES[rule_id]
    violations = validator.violations(operation, request)
    assert message in [one.message for one in violations if one.rule.id == rule_id]
    for violation in violations:
        text = violation.message + violation.tip
        assert show_path(violation.path) in text
        assert "None" not in text
        assert "{path}" not in text


def test_every_rule_for_requests_has_an_example():
    by_account = {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA}
    decided_here = {
        entry.id
        for entry in RULES
        if entry.kind not in by_account and not entry.id.startswith("model.")
    }
    assert set(EXAMPLES) == decided_here


def test_a_very_long_name_is_shortened_in_the_message(validator):
    (violation,) = validator.violations("DeleteContainerService", {"serviceName": "x" * 100_000})
    assert len(violation.message) < 400
    assert "(100000 characters)" in violation.message
