#!/bin/bash
# Installs the other system, starts its PostgreSQL and fills it; `go run ./bench peer` calls it and measures.
#   run.sh install       dependencies, the build of Next.js, dist/plain.mjs
#   run.sh start seed    a fresh cluster in $DIR/pgdata on $PGPORT, and rows as CSV in $DIR/data
# It asks for root, Node, npm and the Debian package postgresql, writes below $DIR and this directory, listens on 127.0.0.1 alone,
# and stops what it started.
set -euo pipefail
cd "$(dirname "$0")"
: "${DIR:?where the cluster and the rows go}" "${PGPORT:?the port of PostgreSQL}"
export PGDIR=$DIR/pgdata JWT_SECRET=peer-secret DATABASE_URL=postgresql://portal:portal@127.0.0.1:$PGPORT/portal
export NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 CHECKPOINT_DISABLE=1
export PRISMA_SCHEMA_ENGINE_BINARY=/bin/true # `prisma generate` does not use it, yet would download it
sql() { psql -qAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$PGPORT" -U "$1" "${@:2}"; }

install() {
  which psql >/dev/null || apt-get install -y -qq postgresql >/dev/null
  # not `npm ci`: a registry may lack Next's macOS and Windows packages, and ci insists on them
  npm install --ignore-scripts --include=dev --no-audit --no-fund
  npx prisma generate
  npx next build
  npx esbuild plain/server.ts --bundle --platform=node --format=esm --packages=external --log-level=error --outfile=dist/plain.mjs
}

programs() { ls -d /usr/lib/postgresql/*/bin | tail -1; }

start() {
  if [ ! -d "$PGDIR" ]; then
    mkdir -p "$PGDIR" && chown postgres "$PGDIR"
    su postgres -c "$(programs)/initdb -D $PGDIR -A trust -E UTF8 --locale=C.UTF-8" >"$DIR/initdb.log"
  fi
  su postgres -c "$(programs)/pg_ctl -D $PGDIR -l $PGDIR/log -w start -o '-p $PGPORT -c listen_addresses=127.0.0.1 -c unix_socket_directories=$PGDIR'"
}

seed() {
  node gen.mjs "$DIR/data"
  sql postgres -c 'DROP DATABASE IF EXISTS portal' -c 'DROP ROLE IF EXISTS portal' -c "CREATE ROLE portal LOGIN PASSWORD 'portal'" -c 'CREATE DATABASE portal OWNER portal'
  sql portal portal -c 'SET client_min_messages=error' -f prisma/schema.sql
  for folder in base p1000 p10000 p50000; do
    for table in Client Project Milestone Session Goal Attachment Deliverable ActionItem Comment Booking; do
      echo "\\copy \"$table\" from '$DIR/data/$folder/$table.csv' csv header"
    done
  done | sql portal portal
  sql postgres portal -c 'VACUUM ANALYZE' -c CHECKPOINT
}

trap '[ ! -f "$PGDIR/postmaster.pid" ] || su postgres -c "$(programs)/pg_ctl -D $PGDIR -m fast -w stop"' EXIT
for step in "$@"; do
  case $step in
    install | seed) $step ;;
    start) [ -f "$PGDIR/postmaster.pid" ] || start ;;
    *) echo "unknown step $step" >&2; exit 2 ;;
  esac
done
