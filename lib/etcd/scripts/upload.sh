#!/bin/sh
# Uploads the verified snapshot, reads it back, and only then says by its .json that there is a backup. Then it removes
# backups beyond the newest $KEEP, those older than $MAX_AGE seconds, and what was left half done a day ago.
# $TARGET is a directory as rclone names it; the remote "store:" comes from the environment.
set -eu
directory=${BACKUP_DIRECTORY:-/backup}
name=$(cat "$directory/name")
sum=$(sed -n 's/.*"sha256": *"\([0-9a-f]*\)".*/\1/p' "$directory/snapshot.json")

rclone copyto "$directory/snapshot.db" "$TARGET/$name"
stored=$(rclone cat "$TARGET/$name" | sha256sum | cut -d ' ' -f 1)
if [ -z "$sum" ] || [ "$stored" != "$sum" ]; then
  echo "{\"backup\":\"failed\",\"name\":\"$name\",\"reason\":\"its SHA-256 is $stored where it is stored, not $sum\"}"
  exit 1
fi
rclone copyto "$directory/snapshot.json" "$TARGET/$name.json"
echo "{\"backup\":\"uploaded\",\"name\":\"$name\"}"

files=$(rclone lsf --files-only "$TARGET")
# Names start with the time, so their order is their age. What does not look like a backup is somebody else's.
snapshots=$(echo "$files" | sed 's/\.json$//' | grep -E '^[0-9]{8}T[0-9]{6}Z-[0-9]+\.db$' | sort -ru)

has() {
  echo "$files" | grep -qxF "$1"
}
is_older() { # name, seconds
  [ "$(echo "$1" | tr -dc 0-9 | cut -c 1-14)" -lt "$(date -u -d "@$(($(date +%s) - $2))" +%Y%m%d%H%M%S)" ]
}
remove() { # name, why
  # Without its .json it is no backup any longer, whatever happens next.
  for file in "$1.json" "$1"; do
    if has "$file"; then rclone deletefile "$TARGET/$file"; fi
  done
  echo "{\"backup\":\"removed\",\"name\":\"$1\",\"reason\":\"$2\"}"
}

kept=0
for each in $snapshots; do
  if ! has "$each" || ! has "$each.json"; then
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
