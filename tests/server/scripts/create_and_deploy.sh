#!/usr/bin/env bash
# Creates a service, waits until it is ready, deploys, and waits until it runs.
set -euo pipefail
service=$1

state() {
    aws lightsail get-container-services --service-name "$service" \
        --query 'containerServices[0].state' --output text
}

aws lightsail create-container-service --service-name "$service" --power nano --scale 1 >/dev/null
sleep 15
until [ "$(state)" = READY ]; do sleep 15; done
aws lightsail create-container-service-deployment --service-name "$service" \
    --containers '{"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}}' \
    --public-endpoint '{"containerName": "web", "containerPort": 80}' >/dev/null
started=$(date +%s)
until sleep 1m && [ "$(state)" = RUNNING ]; do :; done
echo "runs after $(($(date +%s) - started)) s"
