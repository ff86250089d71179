#!/usr/bin/env bash
# Deploys, and waits only for the service: it never checks whether the deployment succeeds.
set -euo pipefail
service=$1 image=$2

aws lightsail create-container-service-deployment --service-name "$service" \
    --containers "{\"web\": {\"image\": \"$image\"}}" >/dev/null
while sleep 120; do
    state=$(aws lightsail get-container-services --service-name "$service" \
        --query 'containerServices[0].state' --output text)
    if [ "$state" != DEPLOYING ]; then break; fi
done
echo "deployed: $state"
