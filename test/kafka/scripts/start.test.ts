import { execFileSync, spawn, spawnSync } from 'node:child_process';
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

const SCRIPTS = join(__dirname, '../../../lib/kafka/scripts');

// Stands in for Kafka's scripts: it writes down what it was given, and its environment.
const TOLD = `#!/bin/bash
printf '%s\\n' "$(basename "$0")" "$@" >>"$KAFKA_RUN/told"
env >"$KAFKA_RUN/$(basename "$0").env"
[[ -z \${SLOW:-} ]] || sleep "$SLOW"
exit "\${FAIL:-0}"
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'start-'));
  for (const directory of ['bin', 'run']) mkdirSync(join(root, directory));
  for (const script of ['kafka-storage.sh', 'kafka-server-start.sh'])
    writeFileSync(join(root, 'bin', script), TOLD, { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true }));

const PATH = process.env.PATH ?? '';
const environment = (env: Record<string, string> = {}) => ({
  PATH,
  KAFKA_HOME: root,
  KAFKA_RUN: join(root, 'run'),
  ...env,
});

function start(env: Record<string, string> = {}) {
  const { status, stderr } = spawnSync('bash', [join(SCRIPTS, 'start.sh')], {
    encoding: 'utf8',
    env: environment(env),
  });
  return { status, stderr, told: told() };
}

const told = () =>
  existsSync(join(root, 'run/told'))
    ? readFileSync(join(root, 'run/told'), 'utf8').split('\n').slice(0, -1)
    : [];
const format = (...lines: string[]) =>
  writeFileSync(join(root, 'run/format'), lines.map((line) => `${line}\n`).join(''));
const seen = (script: string) =>
  Object.fromEntries(
    readFileSync(join(root, `run/${script}.env`), 'utf8')
      .split('\n')
      .map((line): [string, string] => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
  );

describe('start.sh', () => {
  const properties = () => join(root, 'run/server.properties');
  const SERVER = {
    KAFKA_HEAP_OPTS: '-Xmx4g',
    KAFKA_OPTS: '-javaagent:x',
    JMX_PORT: '9999',
    KAFKA_LOG4J_OPTS: '-Dx',
  };

  it('starts the server', () => {
    expect(start(SERVER)).toEqual({ status: 0, stderr: '', told: ['kafka-server-start.sh', properties()] });
    expect(seen('kafka-server-start.sh')).toMatchObject({
      ...SERVER,
      LOG_DIR: '/tmp/kafka-logs',
      KAFKA_GC_LOG_OPTS: ' ',
    });
  });

  it('formats first where the gate said so, once, with a small heap and nothing that is meant for the server', () => {
    format('--cluster-id=-a b', '--ignore-formatted', '--initial-controllers=1@h:1:-x');
    expect(start(SERVER).told).toEqual([
      'kafka-storage.sh',
      'format',
      '-c',
      properties(),
      '--cluster-id=-a b',
      '--ignore-formatted',
      '--initial-controllers=1@h:1:-x',
      'kafka-server-start.sh',
      properties(),
    ]);
    const env = seen('kafka-storage.sh');
    expect(env.KAFKA_HEAP_OPTS).toBe('-Xmx128m');
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['KAFKA_OPTS']));
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['JMX_PORT']));
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['KAFKA_LOG4J_OPTS']));
    expect(seen('kafka-server-start.sh')).toMatchObject(SERVER);
    expect(existsSync(join(root, 'run/format'))).toBe(false);
  });

  it('does not start the server when formatting fails, and tries again', () => {
    format('--cluster-id=a');
    expect(start({ FAIL: '3' })).toEqual({
      status: 1,
      stderr: 'formatting failed, and the server does not start: kafka-storage.sh format --cluster-id=a\n',
      told: ['kafka-storage.sh', 'format', '-c', properties(), '--cluster-id=a'],
    });
    expect(start().told.slice(-2)).toEqual(['kafka-server-start.sh', properties()]);
  });

  it('leaves what was set already', () => {
    start({ LOG_DIR: '/elsewhere', KAFKA_GC_LOG_OPTS: '-Xlog:gc' });
    expect(seen('kafka-server-start.sh')).toMatchObject({
      LOG_DIR: '/elsewhere',
      KAFKA_GC_LOG_OPTS: '-Xlog:gc',
    });
  });

  it('does not start the server when it is told to stop while it formats', async () => {
    format('--cluster-id=a');
    const child = spawn('bash', [join(SCRIPTS, 'start.sh')], {
      env: environment({ SLOW: '0.5' }),
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for (const deadline = Date.now() + 5_000; told().length === 0 && Date.now() < deadline; )
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
    expect(told()).not.toContain('kafka-server-start.sh');
  });
});

it('can be run as they are mounted: each names its interpreter, and none holds a template', () => {
  for (const script of readdirSync(SCRIPTS)) {
    const text = readFileSync(join(SCRIPTS, script), 'utf8');
    expect(text, script).toMatch(/^#!\/bin\/bash\n/);
    expect(text, script).not.toMatch(/\{\{|%[A-Z_]+%/);
    execFileSync('bash', ['-n', join(SCRIPTS, script)]);
  }
});
