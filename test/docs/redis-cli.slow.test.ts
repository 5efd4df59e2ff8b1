import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { libraryUsers } from '../../lib/redis/gate/acl-file';
import { REDIS_RELEASE, RedisProcess, redisBinaries, redisMissing } from '../support/redis-process';
import { blocksOf } from './documents';

const PASSWORD = "it's $(a) password";

/** The block of the guide that has these words. */
function commands(words: string): string {
  const found = blocksOf('docs/redis.md').filter(
    ({ language, text }) => language === 'sh' && text.includes(words),
  );
  expect(found).toHaveLength(1);
  return found[0].text;
}

describe.skipIf(redisMissing)('commands of the guide', () => {
  let dir: string;
  let server: RedisProcess;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'redis-docs-'));
    server = new RedisProcess(join(dir, 'server'));
    const users = libraryUsers({ steward: [PASSWORD], internal: ['internal'] });
    writeFileSync(join(dir, 'server', 'users.acl'), users.map((line) => `${line}\n`).join(''));
    server.configure({ aclfile: join(dir, 'server', 'users.acl') });
    await server.start();
    await server.serving();
  });

  afterAll(async () => {
    await server?.stop('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  /** Runs a script where `kubectl` answers with a password, and runs what it is to run in a pod here. */
  async function run(script: string): Promise<string> {
    const { host, port } = server.address;
    const stub = `
kubectl() {
  case "$*" in
    get\\ secret*) printf %s "$SECRET" | base64 ;;
    exec*) while [ "$1" != -- ]; do shift; done; shift; "$@" ;;
    *) echo "unexpected: kubectl $*" >&2; return 1 ;;
  esac
}
`;
    return execFileSync('bash', ['-ec', `${stub}\n${script}`], {
      encoding: 'utf8',
      env: {
        PATH: `${await redisBinaries()}:${process.env.PATH}`,
        SECRET: PASSWORD,
        CLI: `${REDIS_RELEASE.split('-')[0]}-cli`,
        // Where pods have how TLS is spoken, which has several words, too.
        TLS_ARGS: `-h ${host} -p ${port}`,
      },
    });
  }

  test('the helper runs redis-cli as the steward, whatever is in its password and in the words of a command', async () => {
    const helper = commands('redis() {').split('\n}\n')[0];
    const script = `${helper}\n}\nredis redis-0 SET 'a b' "it's"\nredis redis-0 GET 'a b'\nredis redis-0 ACL WHOAMI\n`;
    expect((await run(script)).trim().split('\n')).toEqual(['OK', "it's", 'steward']);
  });

  test('all commands below the helper are such as a server knows', async () => {
    const script = commands('redis() {').replace(/^redis sessions.*$/m, '');
    expect(await run(script)).toContain('role:master');
  });

  test('a password is moved aside for a new one in one patch', async () => {
    const script = commands('"previous-password\\":');
    const patched = join(dir, 'patch.json');
    const stub = `patch() { printf %s "\${@: -1}" >${patched}; }\n`;
    const rewritten = script
      .replace(/kubectl patch/g, 'patch')
      .replace('get secret -n shop redis-user-shop -o', 'get secret -o');
    await run(`${stub}${rewritten}`);
    const { data } = JSON.parse(readFileSync(patched, 'utf8'));
    expect(Buffer.from(data['previous-password'], 'base64').toString()).toBe(PASSWORD);
    expect(Buffer.from(data.password, 'base64').toString()).toMatch(/^[0-9a-f]{48}$/);
  });
});
