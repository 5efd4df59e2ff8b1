#!/bin/sh
# Uploads the verified snapshot in /backup, then removes what is older than the newest $KEEP.
# The rclone remote "store:" comes from the environment; $TARGET is the bucket and directory in it.
set -eu
directory=${BACKUP_DIRECTORY:-/backup}
name=$(cd "$directory" && ls | grep 'snapshot\.[0-9a-f]*$')
rclone copyto "$directory/$name" "store:$TARGET/$name"
rclone check "$directory" "store:$TARGET" --one-way --include "$name"
echo "{\"backup\":\"uploaded\",\"name\":\"$name\"}"
# Names start with the time, so their order is their age.
rclone lsf --files-only --include '*-snapshot.*' "store:$TARGET" | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  rclone deletefile "store:$TARGET/$old"
  echo "{\"backup\":\"removed\",\"name\":\"$old\"}"
done
