#!/usr/bin/env bash
# dask.distributed: a file that is given by --preload is executed twice in each worker.
#
# Guess:    `dask worker --preload setup.py` executes setup.py once when the worker begins, as an import would.
# Version:  distributed 2026.8.0.
# Seen:     the file is imported and at once reloaded, in the same process: every statement in it runs twice. The process
#           that watches over the worker executes it too, and with --no-nanny, where there is one process, it is thrice.
# Matters:  a preload is where a cluster is told what each worker needs: a wrapper around a function that counts or times
#           work, a random generator, a file of a log. Wrapped twice each piece of work counts double, and a wrapper that
#           looks up by name what it wraps calls itself without end. A generator that is seeded there begins anew.
# Instead:  write what runs twice without harm: keep what is wrapped under a name that is set only if it is not there.
# Output:   in the worker: executed 2 times, and its wrapper counted 2 calls for one; in the process that watches over it:
#           executed 2 times                                                                            (2026-11-29)
set -eu
folder=$(mktemp -d)
trap 'kill $scheduler $worker 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
scheduler='' worker=''
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet "distributed==2026.8.0"
cat >"$folder/setup_worker.py" <<'EOF'
import math
import os

with open(os.environ["SEEN"], "a") as file:
    print("preload", os.getpid(), file=file)

plain = math.sqrt


def counted(value, plain=plain):
    with open(os.environ["SEEN"], "a") as file:
        print("call", os.getpid(), file=file)
    return plain(value)


math.sqrt = counted
EOF
export SEEN="$folder/seen"
bin="$folder/venv/bin"
"$bin/dask" scheduler --no-dashboard --host 127.0.0.1 --port 0 --scheduler-file "$folder/scheduler.json" \
    >"$folder/log1" 2>&1 &
scheduler=$!
"$bin/dask" worker --no-dashboard --nthreads 1 --scheduler-file "$folder/scheduler.json" \
    --preload "$folder/setup_worker.py" --local-directory "$folder" >"$folder/log2" 2>&1 &
worker=$!
"$bin/python" - "$folder/scheduler.json" <<'EOF'
import math
import os
import sys
import time

from distributed import Client

while not os.path.exists(sys.argv[1]):
    time.sleep(0.1)


def root(value):
    import math

    return math.sqrt(value)


with Client(scheduler_file=sys.argv[1], timeout=60) as client:
    client.wait_for_workers(1, timeout=60)
    assert client.submit(root, 4.0).result(timeout=60) == 2.0
lines = open(os.environ["SEEN"]).read().split("\n")[:-1]
calls = [line.split()[1] for line in lines if line.startswith("call")]
here = sum(line == f"preload {calls[0]}" for line in lines)
elsewhere = sum(line.startswith("preload") for line in lines) - here
print(f"in the worker: executed {here} times, and its wrapper counted {len(calls)} calls for one", end="; ")
print(f"in the process that watches over it: executed {elsewhere} times")
assert here == 2 and len(calls) == 2, "a preload is executed once"
EOF
