import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect } from 'vitest';
import { temporary } from '../../support/temporary';

/** Where the scripts are. */
export const SCRIPTS = path.join(__dirname, '../../../lib/redis/scripts');

// Stands in for redis-cli: answers with the file "<host> <command>" of a directory, which the one for later replaces, and writes down whom it was asked as.
const CLI = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    -h) host=$2; shift ;;
    -p) shift ;;
    --user) user=$2; shift ;;
    *) break ;;
  esac
  shift
done
[ -n "$*" ] || set -- stdin
[ "$*" = stdin ] && cat >/dev/null
echo "$user:$REDISCLI_AUTH@$host $*" >>"$ANSWERS/asked"
cat "$ANSWERS/$host $*" 2>/dev/null
[ ! -f "$ANSWERS/$host $*.then" ] || mv "$ANSWERS/$host $*.then" "$ANSWERS/$host $*"
`;
// Nothing here takes so long that it would have to be waited for.
const SLEEP = '#!/bin/sh\nPATH=/usr/bin:/bin exec sleep 0.02\n';
const SERVER = '#!/bin/sh\necho "server $*"\n';

/** The container of a server at 10.0.0.1, with a server and a client that stand in for those of Redis. */
export class Stage {
  private readonly root = temporary();

  constructor() {
    for (const name of ['answers', 'bin', 'data', 'run', 'secrets/steward'])
      fs.mkdirSync(this.at(name), { recursive: true });
    fs.writeFileSync(this.at('cli'), CLI, { mode: 0o755 });
    fs.writeFileSync(this.at('server'), SERVER, { mode: 0o755 });
    fs.writeFileSync(this.at('bin/sleep'), SLEEP, { mode: 0o755 });
    fs.writeFileSync(this.at('secrets/steward/password'), 'new');
    fs.writeFileSync(this.at('secrets/steward/previous-password'), 'old');
  }

  at(...names: string[]): string {
    return path.join(this.root, ...names);
  }

  /** What a server or Sentinel answers to a command: the first time, and from then on where that differs. */
  answer(host: string, command: string, text: string, then?: string): void {
    const file = this.at('answers', `${host} ${command}`);
    fs.writeFileSync(file, text);
    if (then !== undefined) fs.writeFileSync(`${file}.then`, then);
  }

  /** Who was asked what, and as whom: `user:password@host command`. */
  asked(): string[] {
    const file = this.at('answers/asked');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** Runs a script to its end; gives its status and the lines that it writes. */
  run(script: string, timeout = 10_000): { readonly status: number | null; readonly says: string[] } {
    const { status, stdout, stderr } = spawnSync('sh', [path.join(SCRIPTS, script)], {
      encoding: 'utf8',
      timeout,
      env: {
        PATH: `${this.at('bin')}:${process.env.PATH}`,
        CLI: this.at('cli'),
        SERVER: this.at('server'),
        ANSWERS: this.at('answers'),
        DATA_DIRECTORY: this.at('data'),
        RUN_DIRECTORY: this.at('run'),
        SECRETS_DIRECTORY: this.at('secrets'),
        ADDRESS: '10.0.0.1',
      },
    });
    expect(stderr).toBe('');
    return { status, says: stdout.trim().split('\n').filter(Boolean) };
  }
}
