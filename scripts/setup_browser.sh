#!/usr/bin/env bash
# Gives the browser tests a Chromium: the one that is there, else Debian's package.
set -euo pipefail

if [ -n "${CHROMIUM_PATH:-}" ] && [ -x "${CHROMIUM_PATH}" ]; then
  exit 0
fi
if [ -x /usr/bin/chromium ] || [ -x /usr/bin/chromium-browser ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo "p2n: the browser tests need Chromium. Install it (Debian: apt-get install chromium)," >&2
    echo "     or set CHROMIUM_PATH to a Chromium or Chrome that is installed already." >&2
    exit 1
  fi
fi
if ! command -v apt-get >/dev/null; then
  echo "p2n: the browser tests need Chromium and this system has no apt-get." >&2
  echo "     Install Chromium or Chrome and set CHROMIUM_PATH to it." >&2
  exit 1
fi

package=chromium
# Ubuntu's "chromium" needs snapd, which containers and servers often lack.
if [ -r /etc/os-release ] && grep -q '^ID=ubuntu' /etc/os-release; then
  package=chromium-browser
fi
echo "p2n: installing Chromium for the browser tests from the distribution's packages …"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -qq "$package" fonts-dejavu-core
if ! [ -x /usr/bin/chromium ] && ! [ -x /usr/bin/chromium-browser ]; then
  echo "p2n: the package $package was installed but brought no browser; set CHROMIUM_PATH." >&2
  exit 1
fi
