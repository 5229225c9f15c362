#!/usr/bin/env bash
# run.sh PROGRAM SOURCE: runs an example, which must print what the last comment of its source says.
set -euo pipefail
printed=$("$1")
diff <(sed -e '1,/^\/\/ Prints:$/d' -e 's|^// \{0,1\}||' "$2") <(printf '%s\n' "$printed")
