#!/bin/sh
# Fetches the part of a backup that the file $PLAN names, and what is known of the backup, into $DIRECTORY as part.rdb and
# backup.json. $SOURCE is its directory as rclone names it; the remote "store:" comes from the environment. Where the plan is
# "nothing", a disk that is in use is left alone.
set -eu
fail() {
  echo "{\"restore\":\"failed\",\"reason\":\"$1\"}"
  exit 1
}

plan=$(cat "$PLAN")
if [ "$plan" = nothing ]; then
  echo '{"restore":"skipped","reason":"nothing is to be restored here"}'
  exit 0
fi
part=${plan#restore }
case $part in
  '' | *[!0-9]*) fail "the plan is $plan, neither nothing nor restore with the number of a part" ;;
esac

mkdir -p "$DIRECTORY"
for each in part.rdb backup.json; do rm -rf "${DIRECTORY:?}/$each"; done
# Where an object is missing, rclone copies a directory without anything in it, and is content.
fetch() { # file, to
  rclone copyto "$SOURCE/$1" "$DIRECTORY/$2" && [ -f "$DIRECTORY/$2" ]
}
fetch "$BACKUP.json" backup.json ||
  fail "$SOURCE/$BACKUP.json cannot be had: $BACKUP was never complete, or is not there"
fetch "$BACKUP-$part.rdb" part.rdb ||
  fail "$SOURCE/$BACKUP-$part.rdb cannot be had: $BACKUP has fewer shards, or is damaged"
echo "{\"restore\":\"downloaded\",\"name\":\"$BACKUP\",\"part\":$part}"
