#!/usr/bin/env bash
# Builds an image, pushes it, and deploys the version that was pushed.
set -euo pipefail
service=$1

docker build --quiet -t web:latest .
aws lightsail push-container-image --service-name "$service" --label web --image web:latest
image=$(aws lightsail get-container-images --service-name "$service" \
    --query 'containerImages[0].image' --output text)
aws lightsail create-container-service-deployment --service-name "$service" \
    --containers "{\"web\": {\"image\": \"$image\"}}" >/dev/null
for _ in $(seq 40); do
    sleep 15
    state=$(aws lightsail get-container-service-deployments --service-name "$service" \
        --query 'deployments[0].state' --output text)
    if [ "$state" = ACTIVE ]; then echo "$image is live"; exit 0; fi
done
exit 1
