#!/usr/bin/env bash
# house.sh [TREE]: the house rules that no compiler knows: which floor may see which, how long things get, what no
# file may contain. Prints FILE:LINE: what, and the mend; exits 1 when there was anything to print.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

cpp_files() { find "$@" -name '*.cpp' -o -name '*.hpp' | sort; }
mapfile -t program < <(cpp_files lib daemon)
mapfile -t tests < <(cpp_files tests)

# async <- log <- process, redis, http, sql <- job <- daemon: a file includes its own floor and those below.
floors() {
  awk '
    BEGIN {
      height["async"] = 1; height["log"] = 2; height["job"] = 4; height["daemon"] = 5
      height["process"] = height["redis"] = height["http"] = height["sql"] = 3
    }
    FNR == 1 { split(FILENAME, part, "/"); own = part[1] == "daemon" ? "daemon" : part[3] }
    !/^#include "/ { next }
    {
      split($0, quoted, "\""); split(quoted[2], seen, "/")
      other = seen[1] == "daemon" ? "daemon" : seen[1] == "penstock" ? seen[2] : ""
      if (!(other in height))
        print FILENAME ":" FNR ": \"" quoted[2] "\" names no floor: write \"penstock/FLOOR/FILE.hpp\" or \"daemon/…\""
      else if (other != own && height[other] >= height[own])
        print FILENAME ":" FNR ": " own " must not see " other ": move what both need to a floor below"
    }' "${program[@]}"
}

file_lengths() {
  awk '
    function report() { if (lines > 400) print name ":400: " lines " lines, 400 is the end: one concept a file" }
    FNR == 1 { report(); name = FILENAME }
    { lines = FNR }
    END { report() }' "${program[@]}" "${tests[@]}"
}

function_lengths() {
  printf '%s\n' "${program[@]}" |
    ctags -x --_xformat='%F	%{line}	%{end}	%N' --kinds-C++=f --languages=C++ --langmap=C++:.cpp.hpp -L - |
    awk -F '\t' '$3 != "" && $3 - $2 >= 60 {
      print $1 ":" $2 ": " $4 " has " $3 - $2 + 1 " lines, 60 is the end: name its steps" }'
}

# A catch-all block throws on, keeps the exception, ends the process, or says in a comment that begins with "catch-all:"
# why nothing is lost. One that only asks what a kept exception is (its try rethrows it) loses nothing.
swallowed_exceptions() {
  awk '
    function finish() { if (depth > 0 || !opened) return
      if (!kept) print FILENAME ":" start ": catch (...) swallows: throw, store it, or say why after \"catch-all:\""
      inside = 0 }
    FNR == 1 { inside = 0; asked = 0 }
    /rethrow_exception/ { asked = FNR }
    { code = $0 }
    /catch *\(\.\.\.\)/ { inside = 1; start = FNR; depth = 0; opened = 0; 
      kept = previous ~ /catch-all:/ || (asked && FNR - asked < 15)
      sub(/.*catch *\(\.\.\.\)/, "", code) }
    inside {
      if ($0 ~ /throw|current_exception|unhandled_exception|terminate|abort|catch-all:/) kept = 1
      for (i = 1; i <= length(code); i++) {
        character = substr(code, i, 1)
        if (character == "{") { depth++; opened = 1 }
        if (character == "}") { depth--; if (opened && depth == 0) break }
      }
      finish()
    }
    { previous = $0 }' "${program[@]}"
}

# words PATTERN MEND FILE…
words() {
  local pattern=$1 mend=$2; shift 2
  grep -nE "$pattern" /dev/null "$@" | sed -E "s/^([^:]*:[0-9]*:).*/\1 $mend/" || true
}

unfinished() {
  words '\b(TODO|FIXME|XXX|HACK)\b|\b[Ff]or now\b|not (yet )?implemented' 'marks unfinished work: finish it, or leave it out' \
    "${program[@]}" "${tests[@]}"
}

# Helpers may poll: a real process does not tell when it is ready. Benchmarks and torture are about real time; so is a line that
# says why after "real time:".
real_time() {
  mapfile -t cases < <(printf '%s\n' "${tests[@]}" | grep -vE '^tests/(support|bench|torture)/')
  words 'this_thread::sleep_(for|until)\([^/]*$|\b(usleep|nanosleep) *\(' 'waits for real time: use the virtual clock, or wait for what happens' \
    ${cases[@]+"${cases[@]}"}
}

assertions() {
  words '(SUCCEED\( *\)|(REQUIRE|CHECK)\( *true *\))' 'asserts nothing' "${tests[@]}"
}

findings=$(floors; file_lengths; function_lengths; swallowed_exceptions; unfinished; real_time; assertions)
[ -z "$findings" ] || { printf '%s\n' "$findings"; exit 1; }
