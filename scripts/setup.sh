#!/usr/bin/env bash
# All that running P2N needs: Python packages and a Docker Engine (side by side), then the base image.
#
#   scripts/setup.sh runtime|dev
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$here/scripts/setup_docker.sh" --engine &
engine=$!
python=0
"$here/scripts/setup_python.sh" "${1:-runtime}" || python=$?
wait "$engine" || exit 1
[ "$python" = 0 ] || exit "$python"
exec "$here/scripts/setup_docker.sh"
