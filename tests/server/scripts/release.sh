#!/usr/bin/env bash
# Creates a container service, deploys to it, waits, shows the log, and deletes it again.
#
#     release.sh SERVICE CONTAINERS.json ENDPOINT.json
set -euo pipefail

service=$1 containers=$2 endpoint=$3
pause=${PAUSE:-5}

state() {
    aws lightsail get-container-services --service-name "$service" \
        --query 'containerServices[0].state' --output text
}

aws lightsail create-container-service --service-name "$service" --power nano --scale 1 \
    --tags key=team,value=web --query 'containerService.url' --output text

until [ "$(state)" = READY ]; do
    sleep "$pause"
done

version=$(aws lightsail create-container-service-deployment --service-name "$service" \
    --containers "file://$containers" --public-endpoint "file://$endpoint" \
    --query 'containerService.nextDeployment.version' --output text)
echo "deploying version $version"

while :; do
    deployment=$(aws lightsail get-container-service-deployments --service-name "$service" \
        --query "deployments[?version==\`$version\`].state" --output text)
    case $deployment in
        ACTIVE) break ;;
        FAILED) echo "version $version has failed" >&2; exit 1 ;;
    esac
    sleep "$pause"
done

for name in $(jq -r 'keys[]' "$containers" 2>/dev/null || python3 -c '
import json, sys
print(*json.load(open(sys.argv[1])))' "$containers"); do
    aws lightsail get-container-log --service-name "$service" --container-name "$name" \
        --query 'logEvents[].message' --output text
done

aws lightsail delete-container-service --service-name "$service"
while state >/dev/null 2>&1; do
    sleep "$pause"
done
echo "released and removed $service"
