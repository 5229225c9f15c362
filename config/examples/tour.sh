#!/usr/bin/env bash
# tour.sh [PENSTOCK]: a guided tour. Starts a daemon with a Redis of its own in a temporary directory, pushes jobs with
# redis-cli, shows what becomes of them, and takes it all away again. Needs no terminal.
set -euo pipefail
penstock=$(realpath "$(command -v "${1:-penstock}")")
config=$(realpath "$(dirname "${BASH_SOURCE[0]}")")/demo.yaml
place=$(mktemp -d)
daemon=

redis=(redis-cli -s "$place/redis.sock")
export PENSTOCK_REDIS_URL=unix://$place/redis.sock

leave() {
  [ -z "$daemon" ] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null || true
  rm -rf "$place"
}
trap leave EXIT

# What the daemon logs about the last step shall stand above the next.
say() { sleep 0.3; printf '\n%s\n' "$*"; }
indented() { sed -u 's/^/    /'; }
fail() { printf '\nThe tour ends early: %s. What the daemon said:\n' "$1"; tail -n 30 "$place/log" | indented; exit 1; }
show() { printf '  $ %s\n' "$*"; }
push() { show "redis-cli LPUSH $1 '$2'"; "${redis[@]}" LPUSH "$1" "$2" >/dev/null; }
# wait_for WHAT COMMAND…: until the command succeeds.
wait_for() {
  local end=$((SECONDS + 15)) what=$1
  shift
  until "$@" 2>/dev/null; do
    kill -0 "$daemon" 2>/dev/null || fail 'the daemon is gone'
    [ $SECONDS -lt $end ] || fail "$what"
    sleep 0.05
  done
}
counted() { [ "$("${redis[@]}" HGET "$2:stats" "$3")" = "$1" ]; }

say 'Three queues, each a name in Redis and a command:'
grep -vE '^( *#|redis:|  url:|log:|$)' "$config" | indented

say 'The daemon, with a Redis of its own, so that nothing on this machine is touched:'
show penstock dev -c demo.yaml
: >"$place/log"
"$penstock" dev -c "$config" --data "$place" --port 0 >>"$place/log" 2>&1 &
daemon=$!
tail --pid=$daemon -n +1 -f "$place/log" | indented &
answers() { [ "$("${redis[@]}" PING)" = PONG ]; }
wait_for 'its Redis does not answer' answers

say 'Anything that can push to a list can enqueue. These jobs are done at once:'
push greetings '{"name":"Ada"}'
# shellcheck disable=SC2016 # it is meant to look dangerous
push greetings '{"name":"$(reboot); \u0022quoted\u0022"}'
wait_for 'the greetings are not done' counted 2 greetings 'done'

say 'No shell has seen that payload. And for a result, wait:'
show "penstock enqueue greetings --wait '{\"name\":\"Grace\"}'"
"$penstock" enqueue -c "$config" greetings --wait '{"name":"Grace"}' | indented

say 'This one fails twice; each time it is tried again a second later:'
push flaky '{}'
wait_for 'the flaky job is not done' counted 1 flaky 'done'

say 'This one will never work, and says so. It is buried, with its history, not lost:'
push hopeless '{"order":7}'
wait_for 'the hopeless job is not buried' counted 1 hopeless buried
show redis-cli ZRANGE hopeless:dead 0 -1
"${redis[@]}" ZRANGE hopeless:dead 0 -1 | indented

say 'A job for later is a member of a sorted set, its score the time:'
due=$(($(date +%s) + 2))
show "redis-cli ZADD greetings:scheduled $due '{\"name\":\"the future\"}'"
"${redis[@]}" ZADD greetings:scheduled "$due" '{"name":"the future"}' >/dev/null
wait_for 'the job for later is not done' counted 4 greetings 'done'

say 'What the daemon says of itself:'
show penstock status
"$penstock" status -c "$config" | indented

say 'SIGTERM: it takes no more, lets running jobs end, and leaves.'
kill -TERM "$daemon"
status=0
wait "$daemon" || status=$?
daemon=
wait # for the last of its log
[ $status = 0 ] || fail "it left with status $status"

say 'Five jobs done, one of them after two retries, one buried, none lost. Next: README.md.'
