#!/usr/bin/env bash
# Make .venv from a committed lock with hashes, with P2N itself in it (editable, panel not built).
#
#   scripts/setup_python.sh runtime    what `make demo` needs
#   scripts/setup_python.sh dev        that, JupyterLab and the tools of the tests
#
# Exit status: 0 ready, 1 not ready (the last lines say what to do).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$here"
set_of=${1:-runtime}
lock=requirements/$set_of.lock
stamp=.setup/python-$set_of
started=$SECONDS

say() { printf 'python: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

digest() { cat "$lock" requirements/uv.lock pyproject.toml scripts/setup_python.sh | sha256sum | cut -d' ' -f1; }

if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(digest)" ]; then
  exit 0
fi

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$name" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

python=$(find_python) || fail "Python 3.11 or newer is wanted. Install it, or set PYTHON=/path/to/python."

# Networks behind a proxy with its own authority: the system's bundle has it, the tools' own bundles don't.
bundle=/etc/ssl/certs/ca-certificates.crt
if [ -z "${SSL_CERT_FILE:-}" ] && [ -r "$bundle" ]; then export SSL_CERT_FILE=$bundle; fi
if [ -n "${SSL_CERT_FILE:-}" ] && [ -z "${PIP_CERT:-}" ]; then export PIP_CERT=$SSL_CERT_FILE; fi

bootstrap_uv() {
  # uv comes from the package index by hash, whatever uv the machine may have.
  local venv=.setup/uv
  if [ ! -x $venv/bin/uv ] || [ "$(cat .setup/uv-lock 2>/dev/null)" != "$(sha256sum <requirements/uv.lock)" ]; then
    rm -rf $venv
    if ! "$python" -m venv $venv >/dev/null 2>&1; then
      # Debian parts venv from Python.
      command -v apt-get >/dev/null || fail "$python has no venv module. Install it and run this again."
      scripts/apt_install.sh python3-venv
      rm -rf $venv
      "$python" -m venv $venv
    fi
    say "fetching uv"
    $venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock
    sha256sum <requirements/uv.lock >.setup/uv-lock
  fi
  uv=$here/$venv/bin/uv
}

mkdir -p .setup
bootstrap_uv
if [ ! -x .venv/bin/python ]; then "$uv" venv -q --python "$python" .venv; fi
say "installing the $(grep -c '^[a-z].*==' "$lock") packages of $lock"
# Compiled once here: Ray starts a dozen processes, and each would compile all it imports.
"$uv" pip install -q --python .venv/bin/python --compile-bytecode --require-hashes -r "$lock"
# A panel that was built and linked here before: installing through the link would write into the sources, and the
# next build would find the same file twice.
link=.venv/share/jupyter/labextensions/p2n
linked=
if [ -L $link ]; then linked=1; rm $link; fi
rm -f p2n_ext/labextension/install.json
# The panel is built where it is needed (make lab, make test), so the demo needs no Node.
HATCH_JUPYTER_BUILDER_SKIP_NPM=1 SKIP_JUPYTER_BUILDER=1 \
  "$uv" pip install -q --python .venv/bin/python --no-build-isolation --no-deps -e .
if [ -n "$linked" ]; then rm -rf $link; ln -s "$here/p2n_ext/labextension" $link; fi
digest >"$stamp"
say "ready ($((SECONDS - started)) s)"
