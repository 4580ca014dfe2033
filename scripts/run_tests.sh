#!/usr/bin/env bash
# All Python tests, in two processes: those with containers, Ray or Chromium mostly wait, so the others run beside them.
# Arguments go to pytest and make it one process: scripts/run_tests.sh tests/stores -k sqlite
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=.venv/bin/python
if [ $# -gt 0 ]; then
    exec "$python" -m pytest "$@"
fi
real="docker or ray or browser"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$python" -m pytest --durations=25 -m "not ($real)" >"$log" 2>&1 &
alone=$!
"$python" -m pytest --durations=40 -m "$real"
with_real=$?
wait "$alone"
without=$?
echo "--- tests without containers, Ray or Chromium"
cat "$log"
[ "$with_real" -eq 0 ] && [ "$without" -eq 0 ]
