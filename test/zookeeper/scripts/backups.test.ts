import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPTS = join(__dirname, '../../../lib/zookeeper/scripts');

// Stands in for rclone: "store:" is a local directory. It knows the commands and flags that the scripts use, no others.
const RCLONE = `#!/bin/bash
set -eu
echo "$*" >>"$STORE.log"
path() { case $1 in store:*) echo "$STORE/\${1#store:}" ;; *) echo "$1" ;; esac; }
case "$1" in
  copyto) target=$(path "$3"); mkdir -p "$(dirname "$target")"; cp "$(path "$2")" "$target"; [[ -z \${CORRUPT:-} ]] || echo x >>"$target" ;;
  check) [[ "$4 $5" == "--one-way --include" ]]; cmp "$(path "$2")/$6" "$(path "$3")/$6" ;;
  lsf) [[ "$2 $3 $4" == "--files-only --include *-snapshot.*" ]]; cd "$(path "$5")"; find . -maxdepth 1 -type f -name '*-snapshot.*' -printf '%f\\n' ;;
  deletefile) rm "$(path "$2")" ;;
  *) exit 99 ;;
esac
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'backups-'));
  for (const directory of ['bin', 'store/bucket/dir', 'backup', 'data'])
    mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(join(root, 'bin/rclone'), RCLONE, { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true }));

function run(script: string, env: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync('sh', [join(SCRIPTS, script)], {
    encoding: 'utf8',
    env: {
      PATH: `${join(root, 'bin')}:${process.env.PATH}`,
      STORE: join(root, 'store'),
      BACKUP_DIRECTORY: join(root, 'backup'),
      DATA_DIRECTORY: join(root, 'data'),
      ...env,
    },
  });
  return {
    status,
    stderr,
    log: stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

describe('upload.sh', () => {
  const snapshot = (day: number) =>
    `202601${String(day).padStart(2, '0')}T000000Z-snapshot.${(day * 16).toString(16)}`;
  const store = () => join(root, 'store/bucket/dir');
  const put = (directory: string, name: string) =>
    writeFileSync(join(root, directory, name), `content of ${name}`);
  const upload = (keep: number, env = {}) =>
    run('upload.sh', { TARGET: 'bucket/dir', KEEP: String(keep), ...env });

  it('uploads the snapshot and keeps the newest', () => {
    for (const day of [3, 1, 12, 2]) put('store/bucket/dir', snapshot(day));
    put('backup', snapshot(13));
    expect(upload(3)).toMatchObject({
      status: 0,
      log: [
        { backup: 'uploaded', name: snapshot(13) },
        { backup: 'removed', name: snapshot(2) },
        { backup: 'removed', name: snapshot(1) },
      ],
    });
    expect(readdirSync(store()).sort()).toEqual([snapshot(3), snapshot(12), snapshot(13)]);
    expect(readFileSync(join(store(), snapshot(13)), 'utf8')).toBe(`content of ${snapshot(13)}`);
  });

  it('keeps all while there are few, and one when told so', () => {
    put('store/bucket/dir', snapshot(1));
    put('backup', snapshot(2));
    expect(upload(2)).toMatchObject({ status: 0, log: [{ backup: 'uploaded' }] });
    expect(readdirSync(store())).toHaveLength(2);
    expect(upload(1)).toMatchObject({ status: 0 });
    expect(readdirSync(store())).toEqual([snapshot(2)]);
  });

  it('leaves alone what is not a snapshot', () => {
    mkdirSync(join(store(), 'other-cluster'));
    put('store/bucket/dir', 'README');
    put('store/bucket/dir/other-cluster', snapshot(1));
    put('backup', snapshot(2));
    expect(upload(1)).toMatchObject({ status: 0, log: [{ backup: 'uploaded' }] });
    expect(readdirSync(store()).sort()).toEqual([snapshot(2), 'README', 'other-cluster'].sort());
  });

  it('removes nothing when what arrived is not what was sent', () => {
    put('store/bucket/dir', snapshot(1));
    put('backup', snapshot(2));
    const result = upload(1, { CORRUPT: '1' });
    expect(result.status).not.toBe(0);
    expect(result.log).toEqual([]);
    expect(readdirSync(store())).toContain(snapshot(1));
  });

  it('fails when there is nothing to upload', () => {
    put('store/bucket/dir', snapshot(1));
    put('backup', 'half-written.tmp');
    expect(upload(1)).toMatchObject({ status: 1, log: [] });
    expect(readdirSync(store())).toEqual([snapshot(1)]);
  });
});

describe('download.sh', () => {
  const name = '20260101T000000Z-snapshot.100';
  const download = (source = `bucket/dir/${name}`) => run('download.sh', { SOURCE: source });

  it('fetches the snapshot to where the gate looks for it', () => {
    writeFileSync(join(root, 'store/bucket/dir', name), 'snapshot');
    expect(download()).toMatchObject({ status: 0, log: [{ restore: 'downloaded', name }] });
    expect(readFileSync(join(root, 'data/restore', name), 'utf8')).toBe('snapshot');
  });

  it('leaves a disk alone that has been used', () => {
    mkdirSync(join(root, 'data/version-2'));
    expect(download()).toMatchObject({
      status: 0,
      log: [{ restore: 'skipped', reason: 'this disk has been used' }],
    });
    expect(existsSync(join(root, 'data/restore'))).toBe(false);
    expect(existsSync(join(root, 'store.log'))).toBe(false);
  });

  it('fails when there is no such backup, so that no ensemble starts empty', () => {
    expect(download().status).not.toBe(0);
  });
});

it('can be run as they are mounted: each names its interpreter, and none holds a template', () => {
  for (const script of readdirSync(SCRIPTS)) {
    const text = readFileSync(join(SCRIPTS, script), 'utf8');
    expect(text, script).toMatch(/^#!\/bin\/(ba)?sh\n/);
    expect(text, script).not.toMatch(/\{\{|%[A-Z_]+%/);
    execFileSync(text.startsWith('#!/bin/bash') ? 'bash' : 'sh', ['-n', join(SCRIPTS, script)]);
  }
});
