"""What only the account can know: existence, quotas and states; and the JSON itself."""

from __future__ import annotations

from ..rule import Kind, Rule
from .sources import API, CREATE, DEPLOY, MODEL

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        id="service.exists",
        kind=Kind.ACCOUNT,
        targets=("ContainerServiceName",),
        meaning="the container service exists in this Region",
        message="The ContainerService does not exist: {found}",
        tip="Create the container service in Region {region} first, or check name and Region.",
        source="Terraform AWS provider and CloudFormation handlers rely on NotFoundException; text "
        "after the one of other Lightsail resources",
        error="NotFoundException",
        code="ResourceNotFound",
    ),
    Rule(
        id="service.name-free",
        kind=Kind.ACCOUNT,
        targets=(f"{CREATE}.serviceName",),
        meaning="the name of a container service is unique in its Region",
        message="Some names are already in use: {found}",
        tip="Choose another name, or delete the service of that name and wait until it is gone.",
        source=f"{API}CreateContainerService; text as observed for other Lightsail resources",
    ),
    Rule(
        id="quota.services",
        kind=Kind.QUOTA,
        targets=(CREATE,),
        meaning="how many container services an account has in a Region",
        message="Sorry, you've either reached or will exceed your maximum limit of Lightsail Container "
        "Services.",
        tip="Delete a container service, or ask AWS Support for a higher quota.",
        source="observed; Amazon Lightsail endpoints and quotas (new accounts may have less)",
        code="LimitExceeded",
        observed=True,
        maximum=100,
    ),
    Rule(
        id="quota.deployments-kept",
        kind=Kind.QUOTA,
        targets=("ContainerServiceDeploymentList",),
        meaning="how many deployments of a service are kept, the newest",
        message="",
        tip="",
        source="Amazon Lightsail endpoints and quotas",
        maximum=50,
    ),
    Rule(
        id="quota.images",
        kind=Kind.QUOTA,
        targets=("RegisterContainerImageRequest",),
        meaning="how many images are stored with a container service",
        message='Sorry, container service "{found}" has reached its limit of {maximum} stored images.',
        tip="Delete images that no deployment needs.",
        source="Amazon Lightsail endpoints and quotas; text assumed",
        code="LimitExceeded",
        maximum=150,
    ),
    Rule(
        id="quota.certificates",
        kind=Kind.QUOTA,
        targets=("CreateCertificateRequest",),
        meaning="how many active certificates an account has in a Region",
        message="Sorry, you've reached your maximum limit of {maximum} Lightsail certificates.",
        tip="Delete a certificate that no resource uses.",
        source="Amazon Lightsail endpoints and quotas; text assumed",
        code="LimitExceeded",
        maximum=10,
    ),
    Rule(
        id="state.deployment-in-progress",
        kind=Kind.STATE,
        targets=(DEPLOY, "DeleteContainerServiceRequest"),
        meaning="a service takes one deployment at a time, and is not deleted meanwhile",
        message='Sorry, deployment {version} is in progress for service "{found}". '
        "Please wait for it to complete before trying again.",
        tip="Wait until GetContainerServices shows no nextDeployment.",
        source="observed",
        code="OperationNotPermitted",
        observed=True,
    ),
    Rule(
        id="state.busy",
        kind=Kind.STATE,
        targets=(DEPLOY, "UpdateContainerServiceRequest", "DeleteContainerServiceRequest"),
        meaning="a service that is being created, updated or deleted takes no other change",
        message='Sorry, service "{found}" is in {state} state. Please try again in a few minutes.',
        tip="Wait until GetContainerServices shows READY, RUNNING or DISABLED.",
        source="Terraform AWS provider retries on 'Please try again in a few minutes'; rest assumed",
        code="OperationNotPermitted",
    ),
    Rule(
        id="state.disabled",
        kind=Kind.STATE,
        targets=(DEPLOY,),
        meaning="a disabled service is enabled before it takes a deployment",
        message='Sorry, service "{found}" is disabled. Enable it before creating a deployment.',
        tip="Call UpdateContainerService with isDisabled=false first.",
        source="Terraform AWS provider enables first; text assumed",
        code="OperationNotPermitted",
    ),
    Rule(
        id="json.required",
        kind=Kind.REQUIRED,
        targets=(),
        meaning="a member that the model requires is there",
        message="These parameters are required: {member}",
        tip="Give {path}.",
        source="observed for another Lightsail operation",
        code="MissingParameter",
    ),
    Rule(
        id="json.type",
        kind=Kind.FORMAT,
        targets=(),
        meaning="a member has the JSON type of its shape",
        message="{path}: expected {expected}, found {actual}",
        tip="Send {path} as {expected}.",
        source="AWS JSON 1.1 protocol; text assumed",
        error="SerializationException",
    ),
    Rule(
        id="json.unknown-member",
        kind=Kind.FORMAT,
        targets=(),
        meaning="a request has no members that the model does not know",
        message="Unknown parameter: {path}",
        tip="Leave out {path}, or check its spelling.",
        source="assumed: botocore refuses such a request before it is sent",
    ),
    *(
        Rule(
            id=f"model.{kind.value}",
            kind=kind,
            targets=(),
            meaning="a constraint of the service model that has no rule of its own",
            message=f"{{path}} is not valid. {need}",
            tip=f"Mend {{path}}. {need}",
            source=MODEL,
        )
        for kind, need in (
            (Kind.ENUM, "Valid values: {values}."),
            (Kind.PATTERN, "It must match pattern: {pattern}"),
            (Kind.LENGTH, "It must have between {minimum} and {maximum} characters."),
            (Kind.RANGE, "It must be between {minimum} and {maximum}."),
            (Kind.COUNT, "It must have between {minimum} and {maximum} elements."),
        )
    ),
)
