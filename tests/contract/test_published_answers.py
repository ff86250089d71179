"""Answers like those that AWS publishes, in our own words, are right by the default response schema.

Each document has what an example output of the AWS CLI shows of its kind: values that the model's
patterns and enumerations do not have, timestamps, maps, and members left out.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail import ContractViolationError, accepts, simulate
from pytest_lightsail.model.service import load

AT = 1571694786.219
HERE = {"availabilityZone": "us-west-2a", "regionName": "us-west-2"}
GLOBAL = {"availabilityZone": "all", "regionName": "global"}


def done(kind: str, resource: str, of: str, where: dict[str, str] = HERE) -> dict[str, Any]:
    """An operation that has begun or succeeded."""
    return {
        "id": "7d0dd9ab-0a1b-42c3-8d4e-0123456789ab",
        "resourceName": resource,
        "resourceType": of,
        "createdAt": AT,
        "location": where,
        "isTerminal": True,
        "operationDetails": "",
        "operationType": kind,
        "status": "Succeeded",
        "statusChangedAt": AT,
    }


def many(*each: dict[str, Any]) -> dict[str, Any]:
    return {"operations": list(each)}


SNAPSHOT = done("CopySnapshot", "web-copy", "InstanceSnapshot")
ENTRY = {
    "id": "123456",
    "name": "shop.example.com",
    "target": "192.0.2.3",
    "type": "A",
    "isAlias": False,
}
EXAMPLE = {"name": "example.com", "arn": "arn:aws:lightsail:global:111122223333:Domain/ab"}
PORT = {
    "fromPort": 80,
    "toPort": 80,
    "protocol": "tcp",
    "accessType": "public",
    "accessDirection": "inbound",
}
INSTANCE = {
    "name": "web_1",
    "arn": "arn:aws:lightsail:us-west-2:111122223333:Instance/ab",
    "createdAt": AT,
    "location": HERE,
    "resourceType": "Instance",
    "tags": [{"key": "team"}],
    "blueprintId": "wordpress",
    "isStaticIp": True,
    "privateIpAddress": "172.26.0.9",
    "publicIpAddress": "192.0.2.7",
    "ipv6Addresses": ["2600:1f18:1234:5600:0:0:0:1"],
    "hardware": {
        "cpuCount": 1,
        "ramSizeInGb": 0.5,
        "disks": [{"sizeInGb": 20, "isSystemDisk": True}],
    },
    "networking": {"monthlyTransfer": {"gbPerMonthAllocated": 1024}, "ports": [PORT]},
    "state": {"code": 16, "name": "running"},
    "username": "bitnami",
}
DATABASE = {
    "name": "orders",
    "engine": "postgres",
    "engineVersion": "12.2",
    "state": "available",
    "masterEndpoint": {"port": 5432, "address": "ls-0.example.us-west-2.rds.amazonaws.com"},
    "latestRestorableTime": AT,
    "pendingModifiedValues": {},
}
ALARM = {"name": "cpu", "state": "OK", "threshold": 20.0, "treatMissingData": "notBreaching"}
METRIC = [{"average": 0.5, "maximum": 1.0, "timestamp": 1571695200, "unit": "Percent"}]

ANSWERS: dict[str, dict[str, Any]] = {
    "AllocateStaticIp": many(done("AllocateStaticIp", "StaticIp-1", "StaticIp")),
    "AttachDisk": many(
        done("AttachDisk", "disk-1", "Disk"), done("AttachDisk", "web_1", "Instance")
    ),
    "CloseInstancePublicPorts": {"operation": done("CloseInstancePublicPorts", "web", "Instance")},
    "CopySnapshot": many(SNAPSHOT),
    "CreateDomain": {"operation": done("CreateDomain", "example.com", "Domain", GLOBAL)},
    "CreateDomainEntry": {"operation": done("CreateDomainEntry", "example.com", "Domain", GLOBAL)},
    "CreateInstances": many(done("CreateInstance", "web 1", "Instance")),
    "CreateKeyPair": {
        "keyPair": {"name": "mine", "fingerprint": "00:11:22", "location": HERE, "createdAt": AT},
        "operation": done("CreateKeyPair", "mine", "KeyPair"),
        "privateKeyBase64": "c2VjcmV0",
        "publicKeyBase64": "cHVibGlj",
    },
    "CreateLoadBalancer": many(done("CreateLoadBalancer", "lb.1", "LoadBalancer")),
    "DeleteAutoSnapshot": many(done("DeleteAutoSnapshot", "web", "Instance")),
    "DeleteDomain": {"operation": done("DeleteDomain", "example.com", "Domain", GLOBAL)},
    "DeleteDomainEntry": {"operation": done("DeleteDomainEntry", "example.com", "Domain", GLOBAL)},
    "DeleteKeyPair": {"operation": done("DeleteKeyPair", "mine", "KeyPair")},
    "DownloadDefaultKeyPair": {"publicKeyBase64": "cHVibGlj", "privateKeyBase64": "c2VjcmV0"},
    "GetActiveNames": {"activeNames": ["web 1", "example.com", "db-1"]},
    "GetAlarms": {"alarms": [ALARM]},
    "GetAutoSnapshots": {
        "resourceName": "web",
        "resourceType": "Instance",
        "autoSnapshots": [{"date": "2019-10-21", "createdAt": AT, "status": "Success"}],
    },
    "GetBlueprints": {
        "blueprints": [{"blueprintId": "lamp_7", "group": "lamp_7", "type": "app", "minPower": 0}]
    },
    "GetBundles": {
        "bundles": [{"bundleId": "nano_3_0", "price": 3.5, "cpuCount": 2, "power": 298}]
    },
    "GetCertificates": {
        "certificates": [
            {"certificateName": "example.com", "domainName": "example.com", "tags": []}
        ]
    },
    "GetContainerImages": {
        "containerImages": [
            {"image": ":shop.web.38", "digest": "sha256:0", "createdAt": 1652200000}
        ]
    },
    "GetContainerLog": {"logEvents": []},
    "GetDisk": {
        "disk": {"name": "Disk_1", "sizeInGb": 8, "path": "/dev/xvdf", "attachedTo": "web"}
    },
    "GetDomain": {"domain": {**EXAMPLE, "location": GLOBAL, "domainEntries": [ENTRY]}},
    "GetDomains": {"domains": [{**EXAMPLE, "createdAt": AT, "resourceType": "Domain", "tags": []}]},
    "GetInstance": {"instance": INSTANCE},
    "GetInstanceMetricData": {"metricName": "CPUUtilization", "metricData": METRIC},
    "GetInstancePortStates": {"portStates": [{"fromPort": 80, "protocol": "tcp", "state": "open"}]},
    "GetInstances": {"instances": [INSTANCE, {**INSTANCE, "name": "a"}]},
    "GetLoadBalancer": {
        "loadBalancer": {
            "name": "lb.1",
            "state": "active",
            "publicPorts": [80, 443],
            "configurationOptions": {"SessionStickinessEnabled": "false"},
        }
    },
    "GetOperation": {"operation": done("PeeredVpc", "vpc-1", "PeeredVpc")},
    "GetOperations": {
        **many(SNAPSHOT, done("CreateKeyPair", "k", "KeyPair")),
        "nextPageToken": "ab==",
    },
    "GetOperationsForResource": many(done("StopInstance", "web 1", "Instance")),
    "GetRegions": {
        "regions": [
            {
                "continentCode": "NA",
                "displayName": "Virginia",
                "name": "us-east-1",
                "availabilityZones": [{"zoneName": "us-east-1a", "state": "available"}],
            }
        ]
    },
    "GetRelationalDatabase": {"relationalDatabase": DATABASE},
    "GetRelationalDatabaseBlueprints": {
        "blueprints": [
            {"blueprintId": "postgres_12", "engine": "postgres", "isEngineDefault": False}
        ]
    },
    "GetRelationalDatabaseLogEvents": {
        "resourceLogEvents": [{"createdAt": AT, "message": "ready"}],
        "nextBackwardToken": "b/1",
        "nextForwardToken": "f/1",
    },
    "GetStaticIp": {"staticIp": {"name": "ip.1", "ipAddress": "192.0.2.7", "isAttached": True}},
    "IsVpcPeered": {"isPeered": True},
    "PeerVpc": {"operation": done("PeeredVpc", "vpc-1", "PeeredVpc")},
    "TagResource": many(done("TagResource", "shop", "ContainerService")),
    "UnpeerVpc": {"operation": done("UnpeeredVpc", "vpc-1", "PeeredVpc")},
}


@pytest.mark.parametrize("operation", ANSWERS)
def test_an_answer_of_aws_is_right_by_the_default_schema(operation: str) -> None:
    assert accepts(operation, "response", ANSWERS[operation])


BEHIND = {
    "CopySnapshot",
    "CreateKeyPair",
    "DeleteAutoSnapshot",
    "DeleteKeyPair",
    "GetInstance",
    "GetInstances",
    "GetRelationalDatabase",
    "GetRelationalDatabaseBlueprints",
    "PeerVpc",
    "UnpeerVpc",
}
"""Operations whose answers have values that the enumerations of the model lack."""


@pytest.mark.parametrize("operation", sorted(BEHIND))
def test_respond_takes_them_though_the_model_is_behind(operation: str) -> None:
    with simulate(allow_unused=True) as lightsail:
        lightsail.respond(operation, ANSWERS[operation])


def test_respond_says_how_to_give_an_answer_that_the_model_does_not_know() -> None:
    with simulate() as lightsail, pytest.raises(ContractViolationError, match="pass future=True"):
        lightsail.respond("GetInstance", {"instance": {"location": {"regionName": "mars-1"}}})


def test_no_pattern_of_the_model_is_asked_of_an_answer() -> None:
    assert "Domain" in load().shapes
    assert accepts("GetDomain", "response", {"domain": {"name": "!"}}, strict=True)
    assert not accepts(
        "CreateCertificate", "request", {"certificateName": "!", "domainName": "a.bc"}
    )
