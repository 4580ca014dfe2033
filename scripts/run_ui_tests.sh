#!/usr/bin/env bash
# The panel in a real Chromium, against a JupyterLab, a Ray head and containers of its own.
# Arguments go to Playwright: scripts/run_ui_tests.sh -g verdict
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here"
say() { printf 'ui tests: %s\n' "$*" >&2; }

export PATH="$here/.venv/bin:$PATH" PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
scripts/setup_browser.sh
if [ ! -f p2n_ext/labextension/package.json ]; then
  say "the panel is not built: run make panel first"
  exit 1
fi

bundle=/etc/ssl/certs/ca-certificates.crt
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r "$bundle" ]; then export NODE_EXTRA_CA_CERTS=$bundle; fi
modules=labextension/ui-tests/node_modules/.yarn-state.yml
if [ ! -f "$modules" ] || [ labextension/ui-tests/yarn.lock -nt "$modules" ]; then
  say "installing Playwright"
  (cd labextension/ui-tests && jlpm install --immutable >/dev/null && touch node_modules/.yarn-state.yml)
fi

if [ -z "${CHROMIUM_PATH:-}" ]; then
  CHROMIUM_PATH=/usr/bin/chromium
  if [ ! -x "$CHROMIUM_PATH" ]; then
    CHROMIUM_PATH=$(cd labextension/ui-tests && node -p 'require("@playwright/test").chromium.executablePath()')
  fi
fi
export CHROMIUM_PATH

# Short, because Ray's sockets lie below it and a socket's path has 107 bytes at most.
work=$(mktemp -d /tmp/p2n-ui.XXXX)
finish() {
  local status=$?
  for pid in "$work"/*.pid; do
    if [ -f "$pid" ]; then kill -9 "$(cat "$pid")" 2>/dev/null || true; fi
  done
  if [ "$status" -ne 0 ] && [ -f "$work/main.log" ]; then
    say "the server's last lines"
    tail -n 40 "$work/main.log" >&2
  fi
  # Each server that a test started for itself may have a head of its own.
  for state in "$work"/*/ray; do
    if [ -d "$state" ]; then python -m ray_runner.head stop --state-dir "${state%/ray}" >/dev/null 2>&1 || say "no Ray head to end"; fi
  done
  rm -rf "$work"
}
trap finish EXIT
mkdir -p "$work"/{data,home,notebooks,labextensions}
# The question about news would lie over the panel.
news="$work/home/settings/@jupyterlab/apputils-extension"
mkdir -p "$news"
echo '{"fetchNews": "false", "checkForUpdates": false}' >"$news/notification.jupyterlab-settings"
ln -s "$here/p2n_ext/labextension" "$work/labextensions/p2n"

export P2N_UI_WORK=$work
P2N_UI_PORT=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
P2N_UI_TOKEN=$(python -c 'import secrets; print(secrets.token_hex(16))')
export P2N_UI_PORT P2N_UI_TOKEN
# Before the first run wants it: on a machine that is busy with other tests a start can fail by its own limits.
for attempt in 1 2 3; do
  if python -m ray_runner.head start --state-dir "$work/data" >/dev/null; then break; fi
  say "Ray has not started (attempt $attempt)"
done
cd labextension/ui-tests
node_modules/.bin/playwright test "$@"
