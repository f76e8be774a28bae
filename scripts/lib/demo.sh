# The demonstration: the machine's own package catalogue through a service that is killed twice, every
# batch sent twice and out of order, and the sink compared with the source. To be sourced after
# common.sh, packages.sh and build.sh.

DEMO_PRODUCERS=8
DEMO_BATCH=25

demo_cleanup() {
  local status=$?
  # Only what this run started.
  [ -z "${DEMO_SENDER:-}" ] || kill "$DEMO_SENDER" 2>/dev/null || true
  [ -z "${DEMO_SERVER:-}" ] || kill -KILL "$DEMO_SERVER" 2>/dev/null || true
  if [ "$status" -eq 0 ]; then
    rm -rf "$DEMO_DIR"
  else
    echo "what was written is left in $DEMO_DIR" >&2
  fi
}

# The stanzas that the demonstration sends.
demo_catalogue() {
  say "reading the package catalogue (apt-cache dumpavail)"
  if [ "$(apt-cache dumpavail | head -c 1 | wc -c)" -eq 0 ]; then
    as_root apt-get update >&2
  fi
  apt-cache dumpavail
}

demo_write_records() {
  demo_catalogue | awk -f scripts/lib/packages-to-ndjson.awk >"$DEMO_DIR/records.ndjson"
  DEMO_RECORDS=$(wc -l <"$DEMO_DIR/records.ndjson")
  [ "$DEMO_RECORDS" -gt 0 ] || fail "the package catalogue is empty, even after apt-get update"
  echo "$DEMO_RECORDS records" >&2
}

# demo_serve INGEST-ADDRESS: starts the service and waits until it is ready.
demo_serve() {
  rm -f "$DEMO_DIR/data/ops.addr"
  "$ONCEGATE" serve --data-dir "$DEMO_DIR/data" --ingest-listen "$1" --ops-listen 127.0.0.1:0 \
    2>>"$DEMO_DIR/server.log" &
  DEMO_SERVER=$!
  local attempt
  for attempt in $(seq 300); do
    kill -0 "$DEMO_SERVER" 2>/dev/null || fail "the service ended: $(tail -n 1 "$DEMO_DIR/server.log")"
    if [ -s "$DEMO_DIR/data/ops.addr" ] && curl --silent --fail --output /dev/null \
      "http://$(cat "$DEMO_DIR/data/ops.addr")/readyz"; then
      return
    fi
    sleep 0.1
  done
  fail "the service was not ready within 30 s: $(tail -n 1 "$DEMO_DIR/server.log")"
}

demo_rows() {
  sqlite3 -readonly "$DEMO_DIR/data/sink.sqlite" 'SELECT count(*) FROM packages' 2>/dev/null || echo 0
}

# demo_kill_at PERCENT: waits until so much of the source is in the sink, then SIGKILL and restart.
demo_kill_at() {
  local rows
  while :; do
    kill -0 "$DEMO_SENDER" 2>/dev/null || fail "everything was sent before the service was killed"
    rows=$(demo_rows)
    [ "$rows" -lt $((DEMO_RECORDS * $1 / 100)) ] || break
    sleep 0.02
  done
  kill -KILL "$DEMO_SERVER"
  wait "$DEMO_SERVER" 2>/dev/null || true
  printf '\n' >&2
  say "killed the service (SIGKILL) with $rows of $DEMO_RECORDS rows in the sink; starting it again"
  demo_serve "$DEMO_INGEST"
}

demo_stop() {
  kill -TERM "$DEMO_SERVER"
  local status=0
  wait "$DEMO_SERVER" || status=$?
  DEMO_SERVER=
  [ "$status" -eq 0 ] || fail "the service ended with status $status instead of 0"
}

# Reads the sink behind the service's back: every record of the source, with its position as sequence,
# and nothing else. Values are compared as JSON text without white space.
demo_compare() {
  say "comparing the sink with the source"
  sqlite3 "$DEMO_DIR/compare.sqlite" >"$DEMO_DIR/comparison" <<END
CREATE TABLE line (text TEXT);
.mode ascii
.separator "\037" "\n"
.import $DEMO_DIR/records.ndjson line
ATTACH '$DEMO_DIR/data/sink.sqlite' AS sink;
CREATE TABLE source AS SELECT json_extract(text, '\$.key') AS key,
  json_extract(text, '\$.value') AS value, rowid - 1 AS seq FROM line;
CREATE TABLE stored AS SELECT key, json(value) AS value, seq FROM sink.packages WHERE NOT deleted;
.mode list
.separator " " "\n"
SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM stored),
  (SELECT count(*) FROM (SELECT * FROM source EXCEPT SELECT * FROM stored)),
  (SELECT count(*) FROM (SELECT * FROM stored EXCEPT SELECT * FROM source));
END
  local source stored missing wrong
  read -r source stored missing wrong <"$DEMO_DIR/comparison"
  echo "source $source records, sink $stored rows; missing or different $missing, not in the source $wrong"
  [ "$source" -eq "$DEMO_RECORDS" ] && [ "$stored" -eq "$source" ] &&
    [ "$missing" -eq 0 ] && [ "$wrong" -eq 0 ]
}

run_demo() {
  DEMO_DIR=$(mktemp -d "${TMPDIR:-/tmp}/oncegate-demo.XXXXXX")
  DEMO_SENDER= DEMO_SERVER=
  trap demo_cleanup EXIT
  demo_write_records
  demo_serve 127.0.0.1:0
  DEMO_INGEST=$(cat "$DEMO_DIR/data/ingest.addr")

  say "sending as $DEMO_PRODUCERS producers, every batch twice and out of order"
  "$ONCEGATE" send packages "$DEMO_DIR/records.ndjson" --url "http://$DEMO_INGEST" \
    --producer catalogue --producers "$DEMO_PRODUCERS" --batch "$DEMO_BATCH" --copies 2 --shuffle 1 \
    --progress always >"$DEMO_DIR/summary" &
  DEMO_SENDER=$!
  demo_kill_at 15
  demo_kill_at 50
  local status=0
  wait "$DEMO_SENDER" || status=$?
  DEMO_SENDER=
  cat "$DEMO_DIR/summary"
  echo "(events whose answer was lost when the service was killed come back as duplicate)"
  [ "$status" -eq 0 ] || fail "not everything was settled"
  demo_stop
  demo_compare || fail "the sink is not equal to the source"
  echo "equal: every record is in the sink exactly once"
}
