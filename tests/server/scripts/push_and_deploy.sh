#!/usr/bin/env bash
# Builds an image, pushes it, and deploys the version that was pushed.
set -euo pipefail
service=$1

docker build --quiet -t web:latest .
image=$(aws lightsail push-container-image --service-name "$service" --label web \
    --image web:latest | sed -n 's/Refer to this image as "\(.*\)" in deployments\./\1/p')
aws lightsail create-container-service-deployment --service-name "$service" \
    --containers "{\"web\": {\"image\": \"$image\"}}" >/dev/null
for _ in $(seq 40); do
    sleep 15
    state=$(aws lightsail get-container-service-deployments --service-name "$service" \
        --query 'deployments[0].state' --output text)
    if [ "$state" = ACTIVE ]; then echo "$image is live"; exit 0; fi
done
exit 1
