#!/usr/bin/env bash
# Installs the real programs that some tests need: as root on Debian. Elsewhere says which tests will be skipped.
set -euo pipefail

missing=()
command -v doveadm >/dev/null || missing+=(dovecot-imapd)
command -v openssl >/dev/null || missing+=(openssl)
command -v tmux >/dev/null || missing+=(tmux)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  if (apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}") >/dev/null 2>&1; then
    exit 0
  fi
  echo "Could not install ${missing[*]} with apt-get."
else
  echo "Not root on Debian: ${missing[*]} is not here and not installed."
fi
echo "The tests that need it are skipped, and say so."
[ "${CI:-}" != true ]
