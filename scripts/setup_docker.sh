#!/usr/bin/env bash
# Give this machine a Docker Engine and P2N's base image; does nothing where both are there.
#
#   scripts/setup_docker.sh            engine, then image
#   scripts/setup_docker.sh --engine   engine only
#
# An engine that answers is used as it is: it is never restarted or reconfigured.
# Exit status: 0 ready, 1 not ready (the last lines say what to do).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$here/.venv/bin/python
[ -x "$python" ] || python=$(command -v python3 || true)
started=$SECONDS

say() { printf 'docker: %s\n' "$*" >&2; }

fail() {
  say "$1"
  shift
  local line
  for line in "$@"; do printf '        %s\n' "$line" >&2; done
  exit 1
}

socket_path() {
  case ${DOCKER_HOST:-} in
    '') printf '/var/run/docker.sock' ;;
    unix://*) printf '%s' "${DOCKER_HOST#unix://}" ;;
    *) return 1 ;;
  esac
}

# Needs no docker client: an engine may be reachable where none is installed.
engine_answers() {
  local socket
  if socket=$(socket_path); then
    [ -S "$socket" ] && "$python" - "$socket" 2>/dev/null <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
s.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
sys.exit(0 if b" 200 " in s.recv(64) else 1)
PY
  elif "$python" -c 'import docker' 2>/dev/null; then
    "$python" -c 'import docker; docker.from_env(timeout=5).ping()' 2>/dev/null
  else
    command -v docker >/dev/null && timeout 10 docker version >/dev/null 2>&1
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

may_install() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }
}

apt_install() {
  "$here/scripts/apt_install.sh" "$@" || fail "the packages above are needed" "Install them by hand and run this again."
}

wait_for_engine() {
  local tries=$((${1} * 5))
  until engine_answers; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

# The socket belongs to root:docker; a new group membership would only count after the next login.
let_user_in() {
  [ "$(id -u)" = 0 ] && return 0
  local socket
  socket=$(socket_path) || return 0
  [ -S "$socket" ] && [ ! -w "$socket" ] || return 0
  say "giving $(id -un) access to the engine (this equals root on this machine)"
  as_root usermod -aG docker "$(id -un)" 2>/dev/null || true
  command -v setfacl >/dev/null && as_root setfacl -m "u:$(id -u):rw" "$socket" || true
}

start_engine() {
  local begun=$SECONDS
  if [ -d /run/systemd/system ]; then
    say "starting docker.service"
    as_root systemctl start docker.service || true
  else
    local state=/var/lib/p2n-docker
    as_root mkdir -p "$state"
    say "starting dockerd (log: $state/dockerd.log)"
    # A session of its own: the engine outlives this script, its terminal and make.
    as_root env "HTTP_PROXY=${HTTP_PROXY:-${http_proxy:-}}" "HTTPS_PROXY=${HTTPS_PROXY:-${https_proxy:-}}" \
      "NO_PROXY=${NO_PROXY:-${no_proxy:-}}" sh -c \
      "setsid dockerd --group docker >>$state/dockerd.log 2>&1 </dev/null &"
  fi
  local tries=150
  until [ -S /var/run/docker.sock ] || [ "$tries" = 0 ]; do sleep 0.2; tries=$((tries - 1)); done
  let_user_in
  if ! wait_for_engine 30; then
    [ -d /run/systemd/system ] || tail -n 15 /var/lib/p2n-docker/dockerd.log >&2 || true
    fail "the engine was started but does not answer" \
      "Its log says why: journalctl -u docker, or /var/lib/p2n-docker/dockerd.log."
  fi
  say "the engine answers after $((SECONDS - begun)) s"
}

ensure_engine() {
  if engine_answers; then
    say "an engine answers; using it as it is"
    return
  fi
  if [ -n "${DOCKER_HOST:-}" ]; then
    fail "DOCKER_HOST is set to $DOCKER_HOST, and nothing answers there" \
      "Start that engine, or unset DOCKER_HOST and run this again."
  fi
  # `pgrep` may be missing on a minimal system; /proc is always there.
  if grep -qsx dockerd /proc/[0-9]*/comm; then
    if wait_for_engine 15; then
      say "an engine answers; using it as it is"
      return
    fi
    if may_install; then let_user_in; fi
    engine_answers && return
    fail "dockerd runs but does not answer to $(id -un)" \
      "Join the group docker (sudo usermod -aG docker $(id -un)) and log in again, or set DOCKER_HOST."
  fi
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  if ! may_install; then
    fail "no Docker Engine answers, and this script cannot install one here" \
      "It installs one on Debian and Ubuntu, as root or with sudo." \
      "Elsewhere: install Docker Engine (or Docker Desktop), start it, and run this again;" \
      "for an engine on another machine set DOCKER_HOST."
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    say "no Docker Engine answers on this machine"
    # One index update for all: the base image is built by mmdebstrap where no registry answers.
    command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    [ "$(id -u)" = 0 ] || command -v setfacl >/dev/null || missing+=(acl)
    apt_install "${missing[@]}"
  fi
  # The package may have started it already.
  if [ -S /var/run/docker.sock ]; then let_user_in; fi
  if wait_for_engine 2; then
    say "the engine answers"
    return
  fi
  start_engine
}

ensure_image() {
  local status=0
  (cd "$here" && PYTHONPATH="$here:$here/schemas" "$python" -m ray_runner.sandbox.image) || status=$?
  # 3: no registry answered and mmdebstrap is missing.
  if [ "$status" = 3 ] && may_install; then
    apt_install mmdebstrap
    status=0
    (cd "$here" && PYTHONPATH="$here:$here/schemas" "$python" -m ray_runner.sandbox.image) || status=$?
  fi
  [ "$status" = 0 ] || exit 1
}

[ -n "$python" ] || fail "python3 is missing" "Install Python 3.11 or newer."
ensure_engine
if [ "${1:-}" != --engine ]; then
  [ -x "$here/.venv/bin/python" ] || fail "the base image is made by P2N's own Python" "Run make setup first."
  ensure_image
fi
say "ready ($((SECONDS - started)) s)"
