import * as fs from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../stage';

const SELF = '10.0.0.1';
const RAISE = `steward:new@${SELF} CONFIG SET replica-priority 100`;

const info = (link: string, { syncing = 0, loading = 0, keys = '' } = {}) =>
  [
    `loading:${loading}`,
    'role:slave',
    `master_link_status:${link}`,
    `master_sync_in_progress:${syncing}`,
    '# Keyspace',
    keys,
    '',
  ].join('\r\n');
/** A server that runs until its priority has been raised, as whoever does that ends with it. */
const SERVER = `#!/bin/sh
echo "server $*"
until grep -q replica-priority "$ANSWERS/asked" 2>/dev/null; do sleep 1; done
`;
const KEYS = 'db0:keys=20,expires=0,avg_ttl=0';

describe('start.sh of a replica that has nothing yet', () => {
  let stage: Stage;

  beforeEach(() => {
    stage = new Stage();
    fs.writeFileSync(stage.at('server'), SERVER, { mode: 0o755 });
    fs.writeFileSync(stage.at('data/redis.conf'), 'replicaof 10.0.0.2 6379\nreplica-priority 0\n');
    fs.writeFileSync(
      stage.at('run/start-settings'),
      `SENTINELS='10.0.1.1:26379'\nMASTER_NAME=cache\nSELF=${SELF}:6379\nKEEPS_DATA=no\nPRIORITY=100\n`,
    );
    stage.answer(SELF, 'PING', 'PONG\n');
    stage.answer(SELF, 'CONFIG SET replica-priority 100', 'OK\n');
  });

  /** Runs it until it has raised the priority; gives how often it looked before. */
  const looks = (first: string, then: string): number => {
    stage.answer(SELF, 'INFO everything', first, then);
    expect(stage.run('start.sh').says).toEqual([`server ${stage.at('data/redis.conf')}`]);
    const asked = stage.asked();
    expect(asked.at(-1)).toBe(RAISE);
    return asked.length - 1;
  };

  it('is left alone once it has ended', () => {
    fs.writeFileSync(stage.at('server'), '#!/bin/sh\n', { mode: 0o755 });
    expect(stage.run('start.sh').says).toEqual([]);
    expect(stage.asked()).toEqual([]);
  });

  it.each([
    ['is connected to its master', info('up')],
    ['has been made the master', 'loading:0\r\nrole:master\r\n'],
    ['was connected, and has lost its master since', info('down', { keys: KEYS })],
  ])('may be made the master once it %s', (_, has) => {
    expect(looks(has, has)).toBe(1);
  });

  it.each([
    ['has no copy', info('down')],
    ['is being copied to', info('down', { syncing: 1, keys: KEYS })],
    ['reads its copy', info('down', { loading: 1, keys: KEYS })],
    ['does not answer', ''],
  ])('may not be made the master while it %s', (_, hasNot) => {
    expect(looks(hasNot, info('up', { keys: KEYS }))).toBe(2);
  });
});
