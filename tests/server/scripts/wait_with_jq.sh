#!/usr/bin/env bash
# Waits with jq for the newest deployment of a container service, and says what became of it.
#
#     wait_with_jq.sh SERVICE
set -euo pipefail

while :; do
    deployment=$(aws lightsail get-container-service-deployments --service-name "$1" |
        jq -r '.deployments | max_by(.version) | .state')
    case $deployment in
        ACTIVE) break ;;
        FAILED) echo "$1: the newest deployment has failed" >&2; exit 1 ;;
    esac
    sleep "${PAUSE:-5}"
done
until aws lightsail get-container-services --service-name "$1" |
    jq -e '.containerServices[0].state == "RUNNING"' >/dev/null; do
    sleep "${PAUSE:-5}"
done
echo "$1 runs"
