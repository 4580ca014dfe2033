#!/usr/bin/env bash
# Build the JupyterLab panel and link it into .venv, so that an edit needs only a new build.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here"
say() { printf 'panel: %s\n' "$*" >&2; }
started=$SECONDS

if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  say "Node 20 or newer is wanted to build the panel. Install it and run this again (make demo works without)."
  exit 1
fi
bundle=/etc/ssl/certs/ca-certificates.crt
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r "$bundle" ]; then export NODE_EXTRA_CA_CERTS=$bundle; fi
export PATH="$here/.venv/bin:$PATH" PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
say "installing node modules"
(cd labextension && jlpm install --immutable) >.setup/jlpm.log 2>&1 || { tail -n 30 .setup/jlpm.log >&2; exit 1; }
say "building"
(cd labextension && jlpm build:prod) >.setup/panel.log 2>&1 || { tail -n 40 .setup/panel.log >&2; exit 1; }
jupyter-builder develop . --overwrite >.setup/develop.log 2>&1 || { tail -n 20 .setup/develop.log >&2; exit 1; }
say "ready ($((SECONDS - started)) s)"
