# Installs the Debian packages of scripts/packages.txt that are missing. To be sourced after common.sh.

# packages_of run test … : the packages of these sections.
packages_of() {
  local section
  for section in "$@"; do
    awk -v section="$section" '$1 == section { print $2 }' scripts/packages.txt
  done
}

# missing_of run test … : those of them that are not installed.
missing_of() {
  local package
  for package in $(packages_of "$@"); do
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      echo "$package"
  done
}

# Daemons among the packages (postgresql, prometheus) are needed as programs only: the machine's own
# services are not started by installing them.
without_starting_services() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then
    as_root "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  local status=0
  as_root "$@" || status=$?
  as_root rm -f "$policy"
  return "$status"
}

# install_packages run test … : installs what is missing of these sections.
install_packages() {
  command -v apt-get >/dev/null || fail "needs Debian 12 (apt-get was not found)"
  local missing
  missing=$(missing_of "$@")
  [ -n "$missing" ] || return 0
  say "installing $(echo $missing)"
  as_root apt-get update
  # Unquoted: one word a package.
  without_starting_services env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends $missing
}
