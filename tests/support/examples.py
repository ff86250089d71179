"""Valid requests and responses, as people would write them."""

CONTAINER = {
    "image": ":shop.web.3",
    "command": ["serve", "--port", "8080"],
    "environment": {"LOG_LEVEL": "info", "DATABASE_PASSWORD": "correct horse"},
    "ports": {"8080": "HTTP", "9000": "TCP"},
}
HEALTH_CHECK = {
    "healthyThreshold": 2,
    "unhealthyThreshold": 2,
    "timeoutSeconds": 2,
    "intervalSeconds": 5,
    "path": "/health",
    "successCodes": "200-299,301",
}
ENDPOINT = {"containerName": "web", "containerPort": 8080, "healthCheck": HEALTH_CHECK}
WORKER = {"image": "nginx:latest", "command": [], "environment": {}, "ports": {}}
DEPLOYMENT_REQUEST = {
    "containers": {"web": CONTAINER, "worker": WORKER},
    "publicEndpoint": ENDPOINT,
}
REQUEST = {
    "serviceName": "shop",
    "power": "nano",
    "scale": 2,
    "tags": [{"key": "team", "value": "red"}, {"key": "temporary"}],
    "publicDomainNames": {"cert": ["www.example.com", "example.com"]},
    "deployment": DEPLOYMENT_REQUEST,
    "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": True}},
}


def deployment(version, state):
    return {"version": version, "state": state, "createdAt": 1700000000.25, **DEPLOYMENT_REQUEST}


SERVICE = {
    "containerServiceName": "shop",
    "arn": "arn:aws:lightsail:eu-central-1:123456789012:ContainerService/"
    "11111111-2222-3333-4444-555555555555",
    "createdAt": 1700000000.0,
    "location": {"availabilityZone": "all", "regionName": "eu-central-1"},
    "resourceType": "ContainerService",
    "tags": REQUEST["tags"],
    "power": "nano",
    "powerId": "nano-1",
    "state": "DEPLOYING",
    "stateDetail": {"code": "CREATING_DEPLOYMENT", "message": ""},
    "scale": 2,
    "currentDeployment": deployment(1, "ACTIVE"),
    "nextDeployment": deployment(2, "ACTIVATING"),
    "isDisabled": False,
    "principalArn": "arn:aws:iam::123456789012:role/amazon/lightsail/eu-central-1/containers/shop",
    "privateDomainName": "shop.service.local",
    "publicDomainNames": REQUEST["publicDomainNames"],
    "url": "https://shop.90qakjuvfj4f8.eu-central-1.cs.amazonlightsail.com/",
    "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": True, "principalArn": "arn:x"}},
}
RESPONSE = {"containerService": SERVICE}
