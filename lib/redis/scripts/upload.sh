#!/bin/sh
# Uploads the verified files of a backup, reads each back, and only then says by <name>.json that there is a backup. Then it
# removes backups beyond the newest $KEEP, those older than $MAX_AGE seconds, and what was left half done a day ago.
# $TARGET is a directory as rclone names it; the remote "store:" comes from the environment.
set -eu
directory=${BACKUP_DIRECTORY:-/backup}
name=$(cat "$directory/name")

while read -r file as sum; do
  rclone copyto "$directory/$file" "$TARGET/$as" </dev/null
  stored=$(rclone cat "$TARGET/$as" </dev/null | sha256sum | cut -d ' ' -f 1)
  if [ -z "$sum" ] || [ "$stored" != "$sum" ]; then
    echo "{\"backup\":\"failed\",\"name\":\"$name\",\"reason\":\"the SHA-256 of $as is $stored where it is stored, not $sum\"}"
    exit 1
  fi
done <"$directory/files"
rclone copyto "$directory/backup.json" "$TARGET/$name.json"
echo "{\"backup\":\"uploaded\",\"name\":\"$name\"}"

files=$(rclone lsf --files-only "$TARGET" | grep -E '^[0-9]{8}T[0-9]{6}Z(-[0-9]+\.rdb|\.json)$')
# Names are times, so their order is their age. What does not look like a backup is somebody else's.
names=$(echo "$files" | cut -c 1-16 | sort -ru)

is_whole() { # name
  echo "$files" | grep -qxF "$1.json"
}
is_older() { # name, seconds
  [ "$(echo "$1" | tr -dc 0-9)" -lt "$(date -u -d "@$(($(date +%s) - $2))" +%Y%m%d%H%M%S)" ]
}
remove() { # name, why
  # Without its .json it is no backup any longer, whatever happens next.
  if is_whole "$1"; then rclone deletefile "$TARGET/$1.json"; fi
  for file in $(echo "$files" | grep -E "^$1-[0-9]+\.rdb$"); do
    rclone deletefile "$TARGET/$file"
  done
  echo "{\"backup\":\"removed\",\"name\":\"$1\",\"reason\":\"$2\"}"
}

kept=0
for each in $names; do
  if ! is_whole "$each"; then
    if is_older "$each" 86400; then remove "$each" "it was never complete"; fi
  elif [ "$each" = "$name" ] || [ "$kept" -eq 0 ]; then
    kept=$((kept + 1))
  elif [ "$kept" -ge "$KEEP" ]; then
    remove "$each" "there are $KEEP newer ones"
  elif [ -n "${MAX_AGE:-}" ] && is_older "$each" "$MAX_AGE"; then
    remove "$each" "it is older than $MAX_AGE seconds"
  else
    kept=$((kept + 1))
  fi
done
