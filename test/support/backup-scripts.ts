import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeAll, describe } from 'vitest';
import { rcloneDirectory, rcloneMissing, S3Process } from './rclone';
import { temporary } from './temporary';

// What the image of rclone has: Alpine's busybox, and nothing that other systems have beside.
const TOOLS = ['cat', 'cut', 'date', 'grep', 'mkdir', 'mv', 'rm', 'sed', 'sha256sum', 'sort', 'tr'];

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

/** Where backups are in a test: a directory on this machine, and how rclone gets there. */
export interface Store {
  /** Directory with `rclone`. */
  readonly bin: string;
  /** How rclone names the directory `root`. */
  readonly target: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Gives an rclone and a store that it reaches, with the directory of its files. */
export type StoreIn = (files: string) => Promise<Store> | Store;

/** What a script's end is. */
export interface ScriptEnd {
  readonly status: number | null;
  readonly stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: scripts log lines of all kinds
  readonly log: any[];
}

/** Directories of containers that run scripts, and of the store. */
export interface ScriptPlace {
  readonly root: string;
  /** Where the store has the backups of one cluster. */
  readonly files: string;
  /** How rclone names that. */
  readonly target: string;
  /** Runs a script, which finds no more than it does in the image of rclone. */
  run(script: string, env: Readonly<Record<string, string>>): ScriptEnd;
}

/** Makes a place for the scripts of a directory, with the backups at `at` in the store; it goes away with the test. */
export async function scriptPlace(scripts: string, at: string, storeIn: StoreIn): Promise<ScriptPlace> {
  const root = temporary();
  const files = path.join(root, 'store', at);
  for (const each of [files, path.join(root, 'backup')]) fs.mkdirSync(each, { recursive: true });
  const store = await storeIn(path.join(root, 'store'));
  const tools = toolsIn(root);

  function run(script: string, env: Readonly<Record<string, string>>): ScriptEnd {
    const busybox = spawnSync('busybox', ['true']).status === 0 ? ['busybox', 'sh'] : ['sh'];
    const [shell, ...args] = [...busybox, path.join(scripts, script)];
    const found = spawnSync(spawnSync('which', [shell], { encoding: 'utf8' }).stdout.trim(), args, {
      encoding: 'utf8',
      env: {
        PATH: `${store.bin}:${tools}`,
        BACKUP_DIRECTORY: path.join(root, 'backup'),
        DIRECTORY: path.join(root, 'restore'),
        HOME: root,
        ...store.env,
        ...env,
      },
    });
    const lines = found.stdout.split('\n').filter(Boolean);
    return { status: found.status, stderr: found.stderr, log: lines.map((line) => JSON.parse(line)) };
  }
  return { root, files, target: `${store.target}/${at}`, run };
}

/** A directory below `root`, with the tools that scripts find. */
function toolsIn(root: string): string {
  const tools = path.join(root, 'tools');
  fs.mkdirSync(tools);
  const { stdout } = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' });
  if (!stdout) return process.env.PATH ?? '';
  for (const tool of TOOLS) fs.symlinkSync(stdout.trim(), path.join(tools, tool));
  return tools;
}

/** Describes scripts with what stands in for rclone. */
export function withStandIn(describeScripts: (storeIn: StoreIn) => void): void {
  describe('with a stand-in for rclone', () => {
    describeScripts((files) => {
      const bin = path.join(path.dirname(files), 'bin');
      fs.mkdirSync(bin);
      fs.writeFileSync(path.join(bin, 'rclone'), RCLONE, { mode: 0o755 });
      return { bin, target: 'store:', env: { STORE: files } };
    });
  });
}

/** Describes scripts with rclone itself, and stores of several kinds. */
export function withRclone(describeScripts: (storeIn: StoreIn) => void): void {
  describe.skipIf(rcloneMissing)(`with rclone ${rcloneMissing ? `(${rcloneMissing})` : ''}`, () => {
    let bin: string;
    beforeAll(async () => {
      bin = await rcloneDirectory();
    }, 900_000);

    describe('and a volume', () => {
      describeScripts((files) => ({ bin, target: files, env: {} }));
    });

    describe('and a server of S3', () => {
      let server: S3Process | undefined;
      afterEach(() => server?.stop());

      describeScripts(async (files) => {
        server = new S3Process(path.dirname(files));
        await server.start(files);
        const store = {
          TYPE: 's3',
          PROVIDER: 'Other',
          REGION: 'us-east-1',
          ENDPOINT: server.endpoint,
          ACCESS_KEY_ID: server.keys.id,
          SECRET_ACCESS_KEY: server.keys.secret,
        };
        const env = Object.fromEntries(
          Object.entries(store).map(([name, value]) => [`RCLONE_CONFIG_STORE_${name}`, value]),
        );
        return { bin, target: 'store:', env: { ...env, RCLONE_S3_NO_CHECK_BUCKET: 'true' } };
      });
    });
  });
}
