#!/usr/bin/env bash
# A Chromium for the browser tests: the one that is there, else the distribution's package (Debian), else
# Playwright's own (Ubuntu, whose package needs snapd). CHROMIUM_PATH names another one.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { printf 'browser: %s\n' "$*" >&2; }

for browser in "${CHROMIUM_PATH:-}" /usr/bin/chromium; do
  if [ -n "$browser" ] && [ -x "$browser" ]; then exit 0; fi
done

if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; }; then
  say "the browser tests need Chromium, and it cannot be installed here without apt-get and root or sudo."
  say "Install Chromium or Chrome, set CHROMIUM_PATH to it, and run this again."
  exit 1
fi

if grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; then
  playwright=$here/labextension/ui-tests/node_modules/.bin/playwright
  if [ ! -x "$playwright" ]; then
    (cd "$here/labextension/ui-tests" &&
      PATH="$here/.venv/bin:$PATH" PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 jlpm install --immutable >/dev/null)
  fi
  if [ -x "$(cd "$here/labextension/ui-tests" && node -p 'require("@playwright/test").chromium.executablePath()')" ]; then
    exit 0
  fi
  say "installing Playwright's Chromium and the libraries that it needs"
  "$playwright" install --with-deps chromium >&2
  exit 0
fi

"$here/scripts/apt_install.sh" chromium fonts-dejavu-core
if [ ! -x /usr/bin/chromium ]; then
  say "the package chromium brought no /usr/bin/chromium; set CHROMIUM_PATH to a Chromium or Chrome."
  exit 1
fi
