#!/usr/bin/env bash
# boot.sh: Penstock as a service. Run as root, with the source tree as directory, on a freshly booted bare Debian 12: installs,
# starts, kills, reloads, drains, stops. One line `ok: …` per point; the first failure ends it.
set -euo pipefail

config=/etc/penstock/penstock.yaml
state=/var/lib/penstock

ok() { echo "ok: $*"; }
fail() {
  echo "FAILED: $*"
  systemctl --no-pager --lines=0 status penstock || true
  journalctl --no-pager -n 30 -u penstock -u penstock@other || true
  exit 1
}
# wait_for SECONDS WHAT COMMAND…: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "$what"
    sleep 0.05
  done
}

property() { systemctl show --value -p "$1" penstock; }
push() { redis-cli LPUSH "$1" "$2" >/dev/null; }
job() { printf '{"name":"%s","seconds":"%s"}' "$1" "$2"; }
started() { grep -q "^start $1 " $state/log; }
finished() { grep -q "^end $1 " $state/log; }
runs_of() { grep -c "^start $1 " $state/log || true; }
done_in() { [ "$(redis-cli HGET "$1:stats" "done")" = "$2" ]; }
another_than() { [ "$(property MainPID)" != "$1" ] && systemctl -q is-active penstock; }
in_journal() { journalctl -u penstock | grep -qi "$1"; }
has_failed() { [ "$(systemctl is-failed penstock)" = failed ]; }
says_working() { property StatusText | grep -qv waiting; }
nothing_in_flight() { [ "$(redis-cli EXISTS "jobs:inflight:$(hostname)")" = 0 ]; }

# configuration [LINE…]: one queue, whose jobs say when they start and end; more lines as given.
configuration() {
  cat >$config <<'YAML'
instance: ${PENSTOCK_INSTANCE}
shutdown_timeout: 10s
defaults:
  exec: [sh, -c, 'echo "start $1 $PENSTOCK_RUN" >>log; sleep "$2"; echo "end $1 $PENSTOCK_RUN" >>log', job, "{{name}}", "{{seconds}}"]
queues:
  jobs: {concurrency: 1, buffer: 5}
YAML
  printf '%s\n' "$@" >>$config
}

# --- installing ------------------------------------------------------------------------------------------------------

./dev build release penstock
./dev build release floors
[ "$(systemctl is-active redis-server)" != active ] || fail 'setting up has started a service'
ok 'setting up has started no service'

cmake --install build/release --prefix /usr >/dev/null
systemd-sysusers
systemd-tmpfiles --create penstock.conf
systemctl daemon-reload
[ "$(stat -c '%a %U:%G' /etc/penstock)" = '750 root:penstock' ] || fail 'who may read the configuration'
ok 'installed'

systemd-analyze verify penstock.service penstock@other.service || fail 'systemd finds fault with the units'
systemd-analyze security --threshold=15 penstock.service >/dev/null || fail 'the unit is more exposed than 1.5'
ok "systemd-analyze security: $(systemd-analyze security penstock.service | tail -n 1 | grep -oE '[0-9]+\.[0-9]+')"

# --- running ---------------------------------------------------------------------------------------------------------

systemctl start redis-server
systemctl enable --quiet --now penstock || fail 'the configuration as installed does not start'
push hello '{"name":"world"}'
wait_for 5 'the configuration as installed runs no job' done_in hello 1
ok 'the configuration as installed runs a job'

configuration
systemctl restart penstock
push jobs "$(job first 0)"
wait_for 5 'a job pushed with redis-cli does not run' finished first
wait_for 5 'the status stays behind' says_working
ok "a job pushed with redis-cli runs; status: $(property StatusText)"

# --- kill -9 ---------------------------------------------------------------------------------------------------------

push jobs "$(job survivor 2)"
wait_for 5 'the job does not start' started survivor
killed=$(property MainPID)
kill -9 "$killed"
wait_for 10 'the daemon is not started again' another_than "$killed"
wait_for 15 'the job is lost' finished survivor
grep -q '^end survivor 2$' $state/log || fail 'the second run does not know that it is the second'
[ "$(grep -c '^end survivor' $state/log)" = 1 ] || fail 'the first run went on after its daemon'
wait_for 5 'the job is still in flight' nothing_in_flight
ok 'kill -9: restarted, and the job has finished in its second run'

# --- reload ----------------------------------------------------------------------------------------------------------

pid=$(property MainPID)
configuration '  broken: {concurency: 1}'
systemctl reload penstock 2>/dev/null && fail 'a wrong file was accepted'
systemctl -q is-active penstock || fail 'a wrong file ended the daemon'
wait_for 5 'the journal does not say where the file is wrong' in_journal 'penstock.yaml:7:'
systemctl kill -s HUP --kill-whom=main penstock
push jobs "$(job after_wrong_file 0)"
wait_for 5 'no job runs after a wrong file' finished after_wrong_file
[ "$(property MainPID)" = "$pid" ] || fail 'the daemon was restarted'
ok 'reload with a wrong file fails, says where, and keeps the old one'

push jobs "$(job across_reload 2)"
wait_for 5 'the job does not start' started across_reload
configuration '  more: {}'
systemctl reload penstock || fail 'a right file was refused'
push more "$(job in_the_new_queue 0)"
wait_for 5 'the new queue does not run' finished in_the_new_queue
wait_for 5 'the running job did not outlive the reload' finished across_reload
[ "$(runs_of across_reload)" = 1 ] || fail 'the running job was started again'
[ "$(property MainPID)" = "$pid" ] || fail 'the daemon was restarted'
ok 'reload with a right file adds a queue and leaves running jobs alone'

# --- stop ------------------------------------------------------------------------------------------------------------

push jobs "$(job last 2)"
wait_for 5 'the job does not start' started last
for name in one two three four five six; do push jobs "$(job $name 0)"; done
systemctl stop penstock
[ "$(property Result)" = success ] || fail "stopping ended in $(property Result)"
finished last || fail 'the running job was not waited for'
nothing_in_flight || fail 'jobs are left in flight'
[ "$(redis-cli LRANGE jobs 0 -1 | grep -oE '(one|two|three|four|five|six)' | tac | xargs)" = 'one two three four five six' ] ||
  fail 'what was waiting is not all there, in order'
ok 'stop waits for the running job and leaves the rest in the list, in order'
systemctl start penstock
wait_for 5 'what was left does not run' finished six
[ "$(runs_of last)$(runs_of one)$(runs_of six)" = 111 ] || fail 'a job ran twice'
ok 'started again, it runs the rest, each once'

# --- the watchdog ----------------------------------------------------------------------------------------------------

pid=$(property MainPID)
kill -STOP "$pid"
wait_for 60 'a stopped daemon is not noticed' another_than "$pid"
in_journal 'watchdog timeout' || fail 'it was not the watchdog'
push jobs "$(job after_watchdog 0)"
wait_for 10 'no job runs after the watchdog' finished after_watchdog
ok 'a SIGSTOPped daemon is caught by the watchdog and restarted'

# --- secrets and instances -------------------------------------------------------------------------------------------

redis-cli CONFIG SET requirepass sesame >/dev/null
export REDISCLI_AUTH=sesame
(umask 077 && echo sesame >/etc/penstock/redis.password)
mkdir -p /etc/systemd/system/penstock.service.d
cp /usr/share/doc/penstock/systemd/password.conf /etc/systemd/system/penstock.service.d/
# shellcheck disable=SC2016 # for the daemon to expand
configuration 'redis: {password_file: "${CREDENTIALS_DIRECTORY}/redis"}'
systemctl daemon-reload
systemctl restart penstock
push jobs "$(job with_password 0)"
wait_for 5 'no job runs with a password' finished with_password
systemctl reload penstock || fail 'reload does not find the password'
ok 'the password comes from a file that only root can read'

cat >/etc/penstock/other.yaml <<'YAML'
instance: ${PENSTOCK_INSTANCE}
redis: {password: sesame}
queues:
  elsewhere: {exec: [touch, elsewhere]}
YAML
systemctl start penstock@other
push elsewhere '{}'
wait_for 5 'a second instance runs no job' test -e $state/other/elsewhere
systemctl stop penstock@other
ok 'penstock@other runs beside it, under a name of its own'

configuration 'nonsense: 1'
systemctl restart penstock 2>/dev/null && fail 'a wrong configuration starts'
wait_for 5 'a wrong configuration is tried again' has_failed
[ "$(property ExecMainStatus)" = 78 ] || fail "a wrong configuration exits $(property ExecMainStatus)"
ok 'a daemon with a wrong configuration exits 78 and is not restarted'
