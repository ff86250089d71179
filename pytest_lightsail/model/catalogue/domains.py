"""Public domain names and the certificates that they need."""

from __future__ import annotations

from functools import partial

from .. import relations
from ..rule import Kind, Rule
from .sources import API

__all__ = ["RULES"]

_DOMAINS = (
    "ContainerServicePublicDomainsList[]",
    "CreateCertificateRequest.domainName",
    "SubjectAlternativeNameList[]",
)
_CERTIFICATES = 4

RULES: tuple[Rule, ...] = (
    Rule(
        id="domains.count",
        kind=Kind.RELATION,
        targets=("ContainerServicePublicDomains",),
        meaning="how many public domain names a service has",
        message="{path} names {found} domains; a container service can have at most {maximum}.",
        tip="Leave at most {maximum} domain names in {path}.",
        source=f"{API}CreateContainerService; Amazon Lightsail endpoints and quotas",
        maximum=4,
        check=partial(relations.domains_within_limit, certificates=_CERTIFICATES),
    ),
    Rule(
        id="domains.certificates",
        kind=Kind.RELATION,
        targets=("ContainerServicePublicDomains",),
        meaning="how many certificates a service has attached",
        message="{path} names {found} certificates; a container service can have at most {maximum}.",
        tip="Leave at most {maximum} certificates in {path}.",
        source="Amazon Lightsail endpoints and quotas",
        maximum=_CERTIFICATES,
        check=relations.certificates_within_limit,
    ),
    Rule(
        id="domain.length",
        kind=Kind.LENGTH,
        targets=_DOMAINS,
        meaning="the length of a domain name",
        message='Domain name "{found}" at {path} is not valid.',
        tip="Shorten {path} to {maximum} characters.",
        source="RFC 1035, Domain names: implementation and specification",
        minimum=1,
        maximum=253,
    ),
    Rule(
        id="domain.pattern",
        kind=Kind.PATTERN,
        targets=_DOMAINS,
        meaning="a domain name of two labels or more, without wildcard",
        message='Domain name "{found}" at {path} is not valid.',
        tip="Give {path} a domain name such as www.example.com; wildcards cannot be used.",
        source="RFC 1035, Domain names: implementation and specification; API Reference, "
        "CreateCertificate (no wildcards)",
        pattern=r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
        r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    ),
    Rule(
        id="domain.one-service",
        kind=Kind.ACCOUNT,
        targets=("ContainerServicePublicDomainsList[]",),
        meaning="a domain name belongs to one container service",
        message='Domain name "{found}" is already in use by container service "{owner}".',
        tip="Take the domain at {path} from the other service first.",
        source="Lightsail developer guide, Enabling and managing custom domains for your Amazon "
        "Lightsail container services",
    ),
    Rule(
        id="certificate.name",
        kind=Kind.PATTERN,
        targets=("CreateCertificateRequest.certificateName",),
        meaning="letters, digits, underscores and inner hyphens; two characters or more",
        message='Certificate name "{found}" does not match pattern: {pattern}',
        tip="Use letters, digits, underscores and inner hyphens in {path}.",
        source="botocore service model, ResourceName: an operation shows the name as one of a resource; "
        "assumed to hold for the request, of which the model says nothing",
        pattern="[A-Za-z0-9_][A-Za-z0-9_-]*[A-Za-z0-9_]",
    ),
    Rule(
        id="certificate.names",
        kind=Kind.COUNT,
        targets=("CreateCertificateRequest.subjectAlternativeNames",),
        meaning="how many names a certificate has beside its domain name",
        message="{path} names {found} domains; a certificate can have at most {maximum} alternate ones.",
        tip="Leave at most {maximum} names in {path}.",
        source=f"{API}CreateCertificate",
        maximum=9,
    ),
    Rule(
        id="certificate.exists",
        kind=Kind.ACCOUNT,
        targets=("ContainerServicePublicDomains[key]",),
        meaning="the certificate exists in this Region",
        message='Certificates "{found}" provided for service "{service}" do not exist.',
        tip="Create the certificate named at {path} in this Region first.",
        source="Terraform AWS provider, acceptance tests: a text with 'do not exist' was observed",
    ),
    Rule(
        id="certificate.issued",
        kind=Kind.ACCOUNT,
        targets=("ContainerServicePublicDomains[key]",),
        meaning="the certificate is ISSUED",
        message='Certificate "{found}" provided for service "{service}" has {status} status, '
        "required status: ISSUED.",
        tip="Validate the certificate named at {path} and wait until it is ISSUED.",
        source="observed by acceptance tests of a public Terraform provider",
        observed=True,
    ),
    Rule(
        id="certificate.covers-domain",
        kind=Kind.ACCOUNT,
        targets=("ContainerServicePublicDomainsList[]",),
        meaning="the domain name is one of its certificate's names",
        message='Domain name "{found}" is not covered by certificate "{certificate}".',
        tip="Use a name of the certificate at {path}: {names}.",
        source=f"{API}CreateContainerService",
    ),
    Rule(
        id="certificate.name-free",
        kind=Kind.ACCOUNT,
        targets=("CreateCertificateRequest.certificateName",),
        meaning="the name of a certificate is unique in its Region",
        message="Some names are already in use: {found}",
        tip="Choose another name for {path}.",
        source="text as observed for other Lightsail resources",
    ),
    Rule(
        id="certificate.known",
        kind=Kind.ACCOUNT,
        targets=("GetCertificatesRequest.certificateName", "DeleteCertificateRequest"),
        meaning="the certificate that is asked for exists in this Region",
        message="The Certificate does not exist: {found}",
        tip="Check {path}; the Region is {region}.",
        source="text after the one of other Lightsail resources",
        error="NotFoundException",
        code="ResourceNotFound",
    ),
    Rule(
        id="certificate.unused",
        kind=Kind.ACCOUNT,
        targets=("DeleteCertificateRequest",),
        meaning="a certificate that is attached to a container service is not deleted",
        message='Certificate "{found}" is in use by: {services}',
        tip="Detach it first: UpdateContainerService with an empty list for it in publicDomainNames.",
        source="text assumed",
        code="OperationNotPermitted",
    ),
)
