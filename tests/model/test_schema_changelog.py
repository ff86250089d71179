"""The schemas of botocore 1.26.9 match AWS's changelog entry of 2022/05/26 for Amazon Lightsail.

The entry lists four updated methods with all of their parameters and results. At every depth, the
schemas must have exactly the same members, types and enumerations.
"""

import pytest

from pytest_lightsail.model.schema import schema
from tests.support.models import CHANGELOG, NEWEST

POWERS = "nano | micro | small | medium | large | xlarge"
REGIONS = (
    "us-east-1 | us-east-2 | us-west-1 | us-west-2 | eu-west-1 | eu-west-2 | eu-west-3"
    " | eu-central-1 | ca-central-1 | ap-south-1 | ap-southeast-1 | ap-southeast-2"
    " | ap-northeast-1 | ap-northeast-2 | eu-north-1"
)
RESOURCE_TYPES = (
    "ContainerService | Instance | StaticIp | KeyPair | InstanceSnapshot | Domain | PeeredVpc"
    " | LoadBalancer | LoadBalancerTlsCertificate | Disk | DiskSnapshot | RelationalDatabase"
    " | RelationalDatabaseSnapshot | ExportSnapshotRecord | CloudFormationStackRecord | Alarm"
    " | ContactMethod | Distribution | Certificate | Bucket"
)
DETAIL_CODES = (
    "CREATING_SYSTEM_RESOURCES | CREATING_NETWORK_INFRASTRUCTURE | PROVISIONING_CERTIFICATE"
    " | PROVISIONING_SERVICE | CREATING_DEPLOYMENT | EVALUATING_HEALTH_CHECK"
    " | ACTIVATING_DEPLOYMENT | CERTIFICATE_LIMIT_EXCEEDED | UNKNOWN_ERROR"
)

CONTAINERS = {
    "string": {
        "command": ["string"],
        "environment": {"string": "string"},
        "image": "string",
        "ports": {"string": "HTTP | HTTPS | TCP | UDP"},
    }
}
PUBLIC_ENDPOINT = {
    "containerName": "string",
    "containerPort": "integer",
    "healthCheck": {
        "healthyThreshold": "integer",
        "intervalSeconds": "integer",
        "path": "string",
        "successCodes": "string",
        "timeoutSeconds": "integer",
        "unhealthyThreshold": "integer",
    },
}
PULLER_ROLE_REQUEST = {"ecrImagePullerRole": {"isActive": "boolean"}}
PULLER_ROLE = {"ecrImagePullerRole": {"isActive": "boolean", "principalArn": "string"}}
DOMAINS = {"string": ["string"]}
TAGS = [{"key": "string", "value": "string"}]
DEPLOYMENT = {
    "containers": CONTAINERS,
    "createdAt": "timestamp",
    "publicEndpoint": PUBLIC_ENDPOINT,
    "state": "ACTIVATING | ACTIVE | INACTIVE | FAILED",
    "version": "integer",
}
SERVICE = {
    "arn": "string",
    "containerServiceName": "string",
    "createdAt": "timestamp",
    "currentDeployment": DEPLOYMENT,
    "isDisabled": "boolean",
    "location": {"availabilityZone": "string", "regionName": REGIONS},
    "nextDeployment": DEPLOYMENT,
    "power": POWERS,
    "powerId": "string",
    "principalArn": "string",
    "privateDomainName": "string",
    "privateRegistryAccess": PULLER_ROLE,
    "publicDomainNames": DOMAINS,
    "resourceType": RESOURCE_TYPES,
    "scale": "integer",
    "state": "PENDING | READY | RUNNING | UPDATING | DELETING | DISABLED | DEPLOYING",
    "stateDetail": {"code": DETAIL_CODES, "message": "string"},
    "tags": TAGS,
    "url": "string",
}

ENTRY = {
    ("CreateContainerService", "request"): {
        "deployment": {"containers": CONTAINERS, "publicEndpoint": PUBLIC_ENDPOINT},
        "power": POWERS,
        "privateRegistryAccess": PULLER_ROLE_REQUEST,
        "publicDomainNames": DOMAINS,
        "scale": "integer",
        "serviceName": "string",
        "tags": TAGS,
    },
    ("CreateContainerService", "response"): {"containerService": SERVICE},
    ("CreateContainerServiceDeployment", "request"): {
        "containers": CONTAINERS,
        "publicEndpoint": PUBLIC_ENDPOINT,
        "serviceName": "string",
    },
    ("CreateContainerServiceDeployment", "response"): {"containerService": SERVICE},
    ("GetContainerServices", "request"): {"serviceName": "string"},
    ("GetContainerServices", "response"): {"containerServices": [SERVICE]},
    ("UpdateContainerService", "request"): {
        "isDisabled": "boolean",
        "power": POWERS,
        "privateRegistryAccess": PULLER_ROLE_REQUEST,
        "publicDomainNames": DOMAINS,
        "scale": "integer",
        "serviceName": "string",
    },
    ("UpdateContainerService", "response"): {"containerService": SERVICE},
}


def tree(contract, part=None):
    """Return a document in the changelog's form: members by name, and ``string`` for every map key."""
    part = contract if part is None else part
    if "$ref" in part:
        part = contract["$defs"][part["$ref"].removeprefix("#/$defs/")]
    if "properties" in part:
        return {name: tree(contract, inside) for name, inside in part["properties"].items()}
    if part["type"] == "array":
        return [tree(contract, part["items"])]
    if part["type"] == "object":
        return {"string": tree(contract, part["additionalProperties"])}
    if "enum" in part:
        # This package adds "global" to the Regions of the model.
        return " | ".join(value for value in part["enum"] if value != "global")
    return "timestamp" if part["type"] == "number" else part["type"]


def missing(expected, given, path=""):
    """Yield the path of each part of the expected tree that the given tree lacks."""
    if isinstance(expected, dict):
        for name, inside in expected.items():
            if name not in given:
                yield f"{path}.{name}"
            else:
                yield from missing(inside, given[name], f"{path}.{name}")
    elif isinstance(expected, list):
        yield from missing(expected[0], given[0], path)
    elif not set(expected.split(" | ")) <= set(given.split(" | ")):
        yield f"{path}: {given} lacks some of {expected}"


every_entry = pytest.mark.parametrize(
    ("operation", "direction"), ENTRY, ids=["-".join(names) for names in ENTRY]
)


@every_entry
def test_the_schemas_of_that_release_match_the_changelog_entry_exactly(operation, direction):
    contract = schema(operation, direction, model=CHANGELOG, strict=True)

    assert tree(contract) == ENTRY[operation, direction]


@every_entry
def test_the_newest_schemas_contain_everything_in_the_changelog_entry(operation, direction):
    contract = schema(operation, direction, model=NEWEST, strict=True)

    assert list(missing(ENTRY[operation, direction], tree(contract))) == []
