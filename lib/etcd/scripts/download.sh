#!/bin/sh
# Fetches a backup, as snapshot.db and snapshot.json in $DIRECTORY: the one called $SNAPSHOT, or the newest that is complete.
# $SOURCE is its directory as rclone names it; the remote "store:" comes from the environment. The file $PLAN, if any, says
# whether there is anything to do: a disk that is in use is left alone.
set -eu
fail() {
  echo "{\"restore\":\"failed\",\"reason\":\"$1\"}"
  exit 1
}

if [ -n "${PLAN:-}" ]; then
  plan=$(cat "$PLAN")
  if [ "$plan" = nothing ]; then
    echo '{"restore":"skipped","reason":"nothing is to be restored here"}'
    exit 0
  fi
  [ "$plan" = restore ] || fail "the plan is $plan, neither restore nor nothing"
fi

name=${SNAPSHOT:-}
if [ -z "$name" ]; then
  files=$(rclone lsf --files-only "$SOURCE")
  # A backup counts once its .json is there, which is written last.
  name=$(echo "$files" | grep -E '^[0-9]{8}T[0-9]{6}Z-[0-9]+\.db\.json$' | sort -r | sed -n '1s/\.json$//p')
  [ -n "$name" ] || fail "there is no backup in $SOURCE"
fi
mkdir -p "$DIRECTORY"
for each in partial snapshot.db snapshot.json; do rm -rf "${DIRECTORY:?}/$each"; done
# Where an object is missing, rclone copies a directory without anything in it, and is content.
fetch() { # file, to
  rclone copyto "$SOURCE/$1" "$DIRECTORY/$2" && [ -f "$DIRECTORY/$2" ]
}
fetch "$name.json" snapshot.json || fail "$SOURCE/$name.json cannot be had: $name was never complete, or is not there"
fetch "$name" partial || fail "$SOURCE/$name cannot be had"
sum=$(sed -n 's/.*"sha256": *"\([0-9a-f]*\)".*/\1/p' "$DIRECTORY/snapshot.json")
found=$(sha256sum "$DIRECTORY/partial" | cut -d ' ' -f 1)
if [ -z "$sum" ] || [ "$found" != "$sum" ]; then
  rm "$DIRECTORY/partial"
  fail "the SHA-256 of $name is $found, not $sum as it was when the backup was made"
fi
mv "$DIRECTORY/partial" "$DIRECTORY/snapshot.db"
echo "{\"restore\":\"downloaded\",\"name\":\"$name\"}"
