#!/usr/bin/env bash
# Deploys the running version again, so that images with a moving tag are pulled again.
set -euo pipefail
service=$1

current() {
    aws lightsail get-container-services --service-name "$service" \
        --query "containerServices[0].currentDeployment.$1" --output "${2:-json}"
}

current '{containers: containers, publicEndpoint: publicEndpoint}' >deployment.json
aws lightsail create-container-service-deployment --service-name "$service" \
    --cli-input-json "$(cat deployment.json)" >/dev/null
while sleep 30; do
    version=$(current version text)
    if [ "$version" -gt 1 ]; then break; fi
done
echo "version $version runs"
