#!/usr/bin/env bash
# Takes a service offline and brings it back.
set -euo pipefail
service=$1

reaches() {
    while sleep 20; do
        state=$(aws lightsail get-container-services --service-name "$service" \
            --query 'containerServices[0].state' --output text)
        if [ "$state" = "$1" ]; then break; fi
    done
    date -u +"%T $1"
}

aws lightsail update-container-service --service-name "$service" --is-disabled >/dev/null
reaches DISABLED
aws lightsail update-container-service --service-name "$service" --no-is-disabled >/dev/null
reaches RUNNING
