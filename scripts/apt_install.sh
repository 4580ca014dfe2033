#!/usr/bin/env bash
# Install Debian packages as root or with sudo, saying so; one at a time, as the set-up scripts run side by side.
#
#   scripts/apt_install.sh PACKAGE…
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
mkdir -p "$here/.setup"
exec 9>"$here/.setup/apt.lock"
flock 9

begun=$SECONDS
log=$here/.setup/apt.log
printf 'apt: installing %s from the distribution\n' "$*" >&2
update() {
  local tries=60
  # apt waits for dpkg's lock by itself, but not for that of the lists, which a daily update may hold.
  until as_root apt-get update -q; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ] || ! tail -n 5 "$log" | grep -q 'Could not get lock'; then return 1; fi
    sleep 2
  done
}
install() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@"
}
if ! { update && install "$@"; } >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" >&2
  printf 'apt: %s could not be installed; the whole output is in %s\n' "$*" "$log" >&2
  exit 1
fi
printf 'apt: installed in %s s\n' "$((SECONDS - begun))" >&2
