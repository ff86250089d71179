"""The installed botocore's own model of the service, which its validator and parser read."""

import botocore.loaders
import botocore.model

SERVICE_MODEL = botocore.model.ServiceModel(
    botocore.loaders.Loader().load_service_model("lightsail", "service-2"), "lightsail"
)
