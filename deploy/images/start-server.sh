#!/usr/bin/env bash
# Joins the Ray cluster as a node that takes no runs, then becomes the command: Ray's drivers need a node on their machine.
# P2N_RAY_ADDRESS: host:port of the cluster's head. RAY_AUTH_TOKEN_PATH: the file with its token.
set -euo pipefail
: "${P2N_RAY_ADDRESS:?host:port of the head, such as p2n-head-svc:6379}"
export RAY_AUTH_MODE=token
until ray start --address="$P2N_RAY_ADDRESS" --num-cpus=0 --memory=1073741824 --disable-usage-stats; do
    echo "the cluster at $P2N_RAY_ADDRESS does not answer yet" >&2
    sleep 5
done
exec "$@" "--P2NApp.ray_address=$P2N_RAY_ADDRESS" "--P2NApp.ray_token_file=${RAY_AUTH_TOKEN_PATH:-}"
