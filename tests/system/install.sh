#!/usr/bin/env bash
# install.sh BUILD_DIR: what `cmake --install` puts where, and that a program elsewhere can be built on the library.
set -euo pipefail
build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

ok() { echo "ok: $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
# quietly COMMAND…: its output only if it fails.
quietly() { "$@" >"$root/log" 2>&1 || { cat "$root/log" >&2; fail "$*"; }; }
install_to() { quietly env DESTDIR="$1" cmake --install "$build" --prefix "$2"; }

staged=$root/staged
install_to "$staged" /usr
for file in usr/bin/penstock usr/lib/systemd/system/penstock.service usr/lib/systemd/system/penstock@.service \
  usr/lib/sysusers.d/penstock.conf usr/lib/tmpfiles.d/penstock.conf etc/penstock/penstock.yaml \
  usr/share/doc/penstock/README.md usr/share/doc/penstock/systemd/strict.conf usr/include/penstock/async/loop.hpp; do
  [ -f "$staged/$file" ] || fail "$file is not installed"
done
ok 'binary, units, users, directories, configuration, documents and headers are in place'

units=$staged/usr/lib/systemd/system
if ! grep -q '^ExecStart=/usr/bin/penstock run -c /etc/penstock/penstock.yaml$' "$units/penstock.service" ||
  ! grep -q '^ExecStart=/usr/bin/penstock run -c /etc/penstock/%i.yaml$' "$units/penstock@.service"; then
  fail 'the units do not name what was installed'
fi
if grep -rE '@[a-z]+@' "$units" "$staged/usr/lib/tmpfiles.d"; then fail 'a variable was left unreplaced'; fi
ok 'the units name what was installed'

"$staged/usr/bin/penstock" check -c "$staged/etc/penstock/penstock.yaml" || fail 'the installed configuration is wrong'
ok 'the installed configuration is right'

echo '# mine' >>"$staged/etc/penstock/penstock.yaml"
install_to "$staged" /usr
grep -q '^# mine$' "$staged/etc/penstock/penstock.yaml" || fail 'an edited configuration was written over'
ok 'an edited configuration is kept'

if command -v systemd-analyze >/dev/null; then
  quietly systemd-analyze security --offline=true --threshold=15 "$units/penstock.service"
  ok 'systemd-analyze security gives at most 1.5'
fi

install_to '' "$root/prefix"
grep -q "^ExecStart=$root/prefix/bin/penstock" "$root/prefix/lib/systemd/system/penstock.service" ||
  fail 'another prefix is not followed'
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
# consumer NAME [OPTION…]: configures the program in a directory of that name.
consumer() {
  local name=$1; shift
  cmake -S "$here/consumer" -B "$root/$name" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$root/prefix" "$@"
}
quietly consumer all
quietly cmake --build "$root/all"
quietly "$root/all/consumer"
ok 'find_package(penstock) builds a program that runs'

printf '%s\n' '#!/bin/sh' 'case "$*" in *libcurl*) exit 1 ;; esac' 'exec pkg-config "$@"' >"$root/no-curl"
chmod 755 "$root/no-curl"
quietly consumer job -DCOMPONENTS=job -DPKG_CONFIG_EXECUTABLE="$root/no-curl"
quietly cmake --build "$root/job"
if consumer http -DCOMPONENTS='job;http' -DPKG_CONFIG_EXECUTABLE="$root/no-curl" >"$root/log" 2>&1; then
  fail 'http was found without libcurl'
fi
if consumer unknown -DCOMPONENTS='job;gopher' >"$root/log" 2>&1; then fail 'a component that there is not was found'; fi
grep -q 'there is no component gopher' "$root/log" || { cat "$root/log" >&2; fail 'a missing component is not said'; }
ok 'find_package(penstock COMPONENTS …) wants what these floors stand on, and no more'
