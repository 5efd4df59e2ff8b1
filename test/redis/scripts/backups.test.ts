import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe } from 'vitest';
import { describeScripts } from './scripts';

// Stands in for rclone: "store:" is a local directory. It knows what the scripts use and nothing else; the slow tests run
// the same cases with rclone itself.
const RCLONE = `#!/bin/bash
set -eu
export PATH=/usr/bin:/bin
path() { case $1 in store:*) echo "$STORE/\${1#store:}" ;; *) echo "$1" ;; esac; }
case "$1 $#" in
  "copyto 3") target=$(path "$3"); mkdir -p "$(dirname "$target")"; cp "$(path "$2")" "$target" ;;
  "cat 2") cat "$(path "$2")" ;;
  "lsf 3") [[ $2 == --files-only ]]; cd "$(path "$3")"; find . -maxdepth 1 -type f -printf '%f\\n' ;;
  "deletefile 2") rm "$(path "$2")" ;;
  *) exit 99 ;;
esac
`;

describe('with a stand-in for rclone', () => {
  describeScripts((files) => {
    const bin = path.join(path.dirname(files), 'bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, 'rclone'), RCLONE, { mode: 0o755 });
    return { bin, target: 'store:', env: { STORE: files } };
  });
});
