#!/usr/bin/env bash
# Installs the real programs that some tests need: as root on Debian. Elsewhere says which tests will be skipped.
set -euo pipefail

# Debian has one IMAP server and one mail server on a machine at most. The others are unpacked here and run from here; nothing of theirs is set up.
peers="$(cd "$(dirname "$0")/.." && pwd)/node_modules/.cache/packetboat-peers"
servers=(cyrus-imapd cyrus-common courier-imap courier-authlib postfix)
unpacked() { [ -x "$peers/usr/lib/cyrus/bin/imapd" ] && [ -x "$peers/usr/bin/imapd" ] && [ -x "$peers/usr/lib/postfix/sbin/master" ]; }

missing=()
command -v doveadm >/dev/null || missing+=(dovecot-imapd)
command -v openssl >/dev/null || missing+=(openssl)
command -v systemd-analyze >/dev/null || missing+=(systemd)
command -v lintian >/dev/null || missing+=(lintian)
command -v chromium >/dev/null || missing+=(chromium)
command -v firefox-esr >/dev/null || missing+=(firefox-esr)
for program in tmux mutt neomutt aerc notmuch s-nail zsh fish; do command -v "$program" >/dev/null || missing+=("$program"); done
[ -x "$(git --exec-path)/git-send-email" ] || missing+=(git-email)
perl -MMail::Address -e1 2>/dev/null || missing+=(libmailtools-perl)
unpacked || missing+=("${servers[@]}")
[ ${#missing[@]} -eq 0 ] && exit 0

# The libraries of the unpacked servers, but for those of a virus scanner and a messenger that no test runs.
libraries() {
  apt-cache depends "${servers[@]}" | sed -n 's/^ *|\?Depends: \(lib[^ <>]*\)$/\1/p' | grep -vE '^lib(clamav|zephyr)' | sort -u
}

install() {
  local packages=() draft
  for package in "${missing[@]}"; do [[ " ${servers[*]} " == *" $package "* ]] || packages+=("$package"); done
  apt-get update -qq
  if unpacked; then
    apt-get install -y -qq --no-install-recommends "${packages[@]}"
    return
  fi
  # shellcheck disable=SC2046
  apt-get install -y -qq --no-install-recommends --no-upgrade "${packages[@]}" $(libraries)
  mkdir -p "$peers"
  draft="$(mktemp -d "$peers/debs.XXXXXX")"
  (cd "$draft" && apt-get download -qq "${servers[@]}")
  for package in "$draft"/*.deb; do dpkg -x "$package" "$peers"; done
  rm -r "$draft"
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  if install >/dev/null 2>&1; then exit 0; fi
  echo "Could not install ${missing[*]} with apt-get."
else
  echo "Not root on Debian: ${missing[*]} is not here and not installed."
fi
echo "The tests that need it are skipped, and say so."
[ "${CI:-}" != true ]
