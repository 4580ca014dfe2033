#!/usr/bin/env bash
# Tesseract with its English data, for reading pages that are pictures: the one that is there, else the
# distribution's package. P2N runs without it; its tests do not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { printf 'ocr: %s\n' "$*" >&2; }
ready() { command -v tesseract >/dev/null && grep -qx eng <<<"$(tesseract --list-langs 2>&1)"; }

if ready; then exit 0; fi
if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; }; then
  say "Tesseract cannot be installed here without apt-get and root or sudo."
  say "Install tesseract and its English data (macOS: brew install tesseract; conda: conda install -c conda-forge tesseract), and run this again."
  exit 1
fi
"$here/scripts/apt_install.sh" tesseract-ocr tesseract-ocr-eng
if ! ready; then
  say "the package tesseract-ocr brought no tesseract with English data to the PATH."
  exit 1
fi
