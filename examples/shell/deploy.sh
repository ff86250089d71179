#!/usr/bin/env bash
# Deploys an image to an Amazon Lightsail container service and waits until it runs.
#
#     deploy.sh SERVICE IMAGE
#
# The variables TIMEOUT (default: 900) and PAUSE (default: 15) are in seconds. Exit codes: 0 if the
# deployment runs, 1 if it failed, 2 for a usage error, 3 if it was still in progress at the timeout.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: deploy.sh SERVICE IMAGE" >&2; exit 2; }
service=$1 image=$2
timeout=${TIMEOUT:-900} pause=${PAUSE:-15}

version=$(aws lightsail create-container-service-deployment \
    --service-name "$service" \
    --containers "{\"web\": {\"image\": \"$image\", \"ports\": {\"80\": \"HTTP\"}}}" \
    --public-endpoint '{"containerName": "web", "containerPort": 80}' \
    --query containerService.nextDeployment.version --output text)
echo "deploying $image to $service as version $version"

end=$(($(date +%s) + timeout))
while [ "$(date +%s)" -lt "$end" ]; do
    state=$(aws lightsail get-container-service-deployments --service-name "$service" \
        --query "deployments[?version==\`$version\`].state" --output text)
    case $state in
        ACTIVE) echo "version $version runs"; exit 0 ;;
        FAILED) echo "version $version has failed" >&2; exit 1 ;;
    esac
    sleep "$pause"
done
echo "version $version is still $state" >&2
exit 3
