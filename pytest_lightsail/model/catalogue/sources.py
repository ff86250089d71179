"""What the entries of the catalogue have in common: where they come from and what they are about."""

__all__ = ["API", "CREATE", "DEPLOY", "HEALTH", "MODEL", "NESTED"]

API = "Amazon Lightsail API Reference, "
MODEL = "botocore service model; the service answers the rest"
CREATE = "CreateContainerServiceRequest"
DEPLOY = "CreateContainerServiceDeploymentRequest"
NESTED = "ContainerServiceDeploymentRequest"
HEALTH = "ContainerServiceHealthCheckConfig"
