"""Which images a container can run."""

from __future__ import annotations

from .. import relations
from ..rule import Kind, Rule
from .sources import API, CREATE, DEPLOY

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    Rule(
        id="image.reference",
        kind=Kind.RELATION,
        targets=(CREATE, DEPLOY),
        meaning="an image is :service.label.version (or latest), or a registry's reference; not too long",
        message='Container "{container}" has invalid image "{found}". '
        'Example of valid image: ":{service}.{container}.123".',
        tip="Set {path} to :{service}.{container}.1 for a stored image, or to one like nginx:latest.",
        source="observed for a stored image with the version LATEST; the length is assumed",
        observed=True,
        maximum=4096,
        check=relations.images_are_well_formed,
    ),
    Rule(
        id="image.own-service",
        kind=Kind.RELATION,
        targets=(CREATE, DEPLOY),
        meaning="a stored image belongs to the service that runs it",
        message='Container "{container}" has invalid image "{found}". '
        'Example of valid image: ":{service}.{container}.123".',
        tip="Register the image with service {service} and name it there; {path} names another.",
        source=f"{API}Container; text as observed for other stored images",
        check=relations.stored_images_are_of_this_service,
    ),
    Rule(
        id="image.exists",
        kind=Kind.ACCOUNT,
        targets=("Container.image",),
        meaning="a stored image has been registered and not deleted",
        message='The image "{found}" of container "{container}" does not exist in your stored images.',
        tip="Push and register the image named at {path} first.",
        source="reported by a user: 'The image does not exist in your stored images'",
    ),
    Rule(
        id="image.ecr-region",
        kind=Kind.ACCOUNT,
        targets=("Container.image",),
        meaning="a private ECR repository is in the Region of the service",
        message='The image "{found}" of container "{container}" is in Region {image_region}; '
        "the container service is in {region}.",
        tip="Use a repository in {region} at {path}.",
        source="Lightsail developer guide, Configuring access to an Amazon ECR private repository "
        "for an Amazon Lightsail container service; text assumed",
    ),
    Rule(
        id="image.ecr-access",
        kind=Kind.ACCOUNT,
        targets=("Container.image",),
        meaning="a private ECR image needs the active ECR image puller role of the service",
        message='The image "{found}" of container "{container}" cannot be pulled: the ECR image puller '
        'role of container service "{service}" is not active.',
        tip="Call UpdateContainerService with "
        "privateRegistryAccess.ecrImagePullerRole.isActive=true, and wait for its principalArn.",
        source="Lightsail developer guide, Configuring access to an Amazon ECR private repository "
        "for an Amazon Lightsail container service; text assumed",
    ),
    Rule(
        id="image.digest",
        kind=Kind.PATTERN,
        targets=("RegisterContainerImageRequest.digest",),
        meaning="a digest names its algorithm and is hexadecimal",
        message='Digest "{found}" at {path} is not valid.',
        tip="Set {path} to the digest that pushing the image gave.",
        source="lightsailctl, the official plugin, sends this form; that others are refused is assumed",
        pattern=r"sha256:[0-9a-f]{64}",
    ),
    Rule(
        id="image.stored",
        kind=Kind.ACCOUNT,
        targets=("DeleteContainerImageRequest.image",),
        meaning="the image to delete is stored with the service",
        message='The image "{found}" does not exist in the stored images of "{service}".',
        tip="Set {path} to an image that GetContainerImages lists.",
        source="text assumed",
        error="NotFoundException",
        code="ResourceNotFound",
    ),
    Rule(
        id="image.unused",
        kind=Kind.ACCOUNT,
        targets=("DeleteContainerImageRequest.image",),
        meaning="an image that a current deployment uses is not deleted",
        message='The image "{found}" is in use by deployment {version} and cannot be deleted.',
        tip="Deploy another image before deleting the one at {path}.",
        source="Lightsail developer guide, Pushing and managing container images on your Amazon "
        "Lightsail container services; text assumed",
        code="OperationNotPermitted",
    ),
)
