#!/usr/bin/env bash
# Write requirements/*.lock anew from pyproject.toml: hashes for all platforms, and no URL.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
uv=${UV:-.venv/bin/uv}
compile() { "$uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header "$@"; }
compile pyproject.toml --extra build --extra openai --extra otel -o requirements/runtime.lock
compile pyproject.toml --extra build --extra openai --extra otel --extra lab --extra dev -c requirements/runtime.lock -o requirements/dev.lock
compile requirements/uv.in -o requirements/uv.lock
