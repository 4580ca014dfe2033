#!/usr/bin/env bash
# The main job by REST alone: from a PDF to a report. Needs curl and jq, and a running server:
#   BASE=http://127.0.0.1:8888 TOKEN=… examples/rest.sh paper.pdf
set -euo pipefail

api=${BASE:?the server, e.g. http://127.0.0.1:8888}/p2n/api/v1
auth=(-sS --fail-with-body -H "Authorization: token ${TOKEN:?the token}")
call() { curl "${auth[@]}" "$@"; }

paper=$(call -F "file=@${1:?a PDF file}" "$api/papers" | jq -r .paper.id)
call -N -X POST "$api/papers/$paper/extract" | sed -n 's/^event: //p' | sort | uniq -c
plan=$(call -X POST -d '{"budget_minutes": 10}' "$api/papers/$paper/plans" | jq -r .id)
call -X POST "$api/plans/$plan/materialize" | jq -r '"env_hash \(.env_hash)"'
run=$(call -X POST -H "Idempotency-Key: demo-$plan" "$api/plans/$plan/run" | jq -r .id)
call -N "$api/runs/$run/events" | sed -n 's/^data: //p' | jq -r 'select(.type == "log_line").payload.lines[]'
call "$api/runs/$run/artifacts" | jq -r '.artifacts[] | "\(.name)\t\(.size_bytes)"'
call "$api/papers/$paper/report" | jq -r '.verdicts[] | "\(.verdict)\t\(.claim.method)\t\(.claim.value_printed)\t\(.observed.mean)"'
