"""botocore's own object for the installed service model, which its validator and its parser use."""

import botocore.loaders
import botocore.model

SERVICE_MODEL = botocore.model.ServiceModel(
    botocore.loaders.Loader().load_service_model("lightsail", "service-2"), "lightsail"
)
