import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports';
import { LOOPBACK, ServerProcess } from './process';

/** Release that scripts are tested with. */
export const RCLONE_VERSION = '1.75.1';

// The kinds of storage and the commands that scripts may use, and a server of S3; all others would only take time to build.
const PARTS = [
  'backend/local',
  'backend/s3',
  'cmd/cat',
  'cmd/copyto',
  'cmd/deletefile',
  'cmd/lsf',
  'cmd/serve/s3',
];
const MAIN = `package main

import (
	"github.com/rclone/rclone/cmd"
${PARTS.map((part) => `	_ "github.com/rclone/rclone/${part}"`).join('\n')}
)

func main() { cmd.Main() }
`;

/** Why no rclone can be run here, undefined when it can. */
export const rcloneMissing: string | undefined =
  fs.existsSync(directory()) || spawnSync('go', ['version']).status === 0 ? undefined : 'go is missing';

/** Directory with `rclone`. It is built with Go the first time, which takes some minutes. */
export async function rcloneDirectory(): Promise<string> {
  if (!fs.existsSync(directory())) await build();
  return directory();
}

/** A server of S3 in a process of its own; its buckets are the directories in `dir`. */
export class S3Process extends ServerProcess {
  readonly keys = { id: 'backup-user', secret: 'backup-password' };
  private port = 0;

  get endpoint(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  /** Starts it and waits until it answers. */
  async start(buckets: string): Promise<void> {
    this.port = freePort();
    const { id, secret } = this.keys;
    const where = ['--addr', `${LOOPBACK}:${this.port}`, '--auth-key', `${id},${secret}`];
    // Tests change the files behind its back. Where it remembers nothing at all, it may look for a new directory for minutes.
    const fresh = ['--dir-cache-time', '10ms'];
    this.spawn(path.join(await rcloneDirectory(), 'rclone'), ['serve', 's3', ...where, ...fresh, buckets]);
    const answers = () => fetch(this.endpoint).then(Boolean, () => false);
    await this.until('rclone serve s3', answers, { everyMs: 50, timeoutMs: 20_000 });
  }
}

function directory(): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'cdk8s-stateful-test', `rclone-${RCLONE_VERSION}`, 'bin');
}

// Built aside and then renamed, so that an interrupted or a second run never sees a half.
async function build(): Promise<void> {
  fs.mkdirSync(path.dirname(directory()), { recursive: true });
  const aside = fs.mkdtempSync(path.join(path.dirname(directory()), 'build-'));
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' };
  const go = (...args: string[]) => promisify(execFile)('go', args, { cwd: aside, env });
  try {
    fs.writeFileSync(path.join(aside, 'go.mod'), 'module test\n');
    fs.writeFileSync(path.join(aside, 'main.go'), MAIN);
    await go('get', `github.com/rclone/rclone@v${RCLONE_VERSION}`);
    await go('build', '-trimpath', '-o', path.join('bin', 'rclone'), '.');
    fs.renameSync(path.join(aside, 'bin'), directory());
  } catch (error) {
    if (!fs.existsSync(directory())) throw error;
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}
