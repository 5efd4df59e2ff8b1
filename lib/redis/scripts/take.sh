#!/bin/sh
# Takes an RDB file of every part of a backup, of the first of its servers that gives one, and has Redis' own tool read it.
# $CLI and $CHECK are redis-cli and redis-check-rdb, or those of Valkey; where $TLS is "true", servers talk TLS.
set -eu
directory=${BACKUP_DIRECTORY:-/backup}
secrets=${SECRETS_DIRECTORY:-/secrets}
tls=
if [ "${TLS:-}" = true ]; then
  tls="--tls --cacert $secrets/tls/ca.crt --cert $secrets/tls/tls.crt --key $secrets/tls/tls.key"
fi

take() { # part, host, port
  for password in password previous-password; do
    [ -f "$secrets/internal/$password" ] || continue
    REDISCLI_AUTH=$(cat "$secrets/internal/$password")
    export REDISCLI_AUTH
    rm -f "$directory/$1.rdb"
    # shellcheck disable=SC2086 # several words
    if "$CLI" -h "$2" -p "$3" $tls --user backup --rdb "$directory/$1.rdb" </dev/null >"$directory/$1.log" 2>&1 &&
      "$CHECK" "$directory/$1.rdb" </dev/null >"$directory/$1.check" 2>&1; then
      echo "$2 $3" >"$directory/$1.from"
      return 0
    fi
  done
  return 1
}

while read -r part host port; do
  if [ -f "$directory/$part.from" ]; then continue; fi
  if take "$part" "$host" "$port"; then
    echo "{\"backup\":\"taken\",\"part\":$part,\"from\":\"$host:$port\"}"
  else
    # A line of what the tools said, without what JSON cannot have.
    reason=$(cat "$directory/$part.log" "$directory/$part.check" 2>/dev/null | tail -n 1 | tr -d '"\\' | tr -d '\000-\037')
    echo "{\"backup\":\"failed\",\"part\":$part,\"from\":\"$host:$port\",\"reason\":\"$reason\"}"
  fi
done <"$directory/sources"

for part in $(cut -d ' ' -f 1 "$directory/sources" | sort -un); do
  if [ ! -f "$directory/$part.from" ]; then
    echo "{\"backup\":\"failed\",\"part\":$part,\"reason\":\"no server gave it\"}"
    exit 1
  fi
done
