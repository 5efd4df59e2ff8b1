import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SCRIPTS, Stage } from '../stage';

const id = (char: string) => char.repeat(40);
const line = (char: string, ip: string, rest: string) =>
  `${id(char)} ${ip}:6379@16379,${char}.redis ${rest}\n`;

/** Masters a, c and d with slots, and b, the replica of a. */
const nodes = (myself: string, change: Record<string, string> = {}) =>
  Object.entries({
    a: 'master - 0 0 1 connected 0-99',
    b: `slave ${id('a')} 0 0 1 connected`,
    c: 'master - 0 0 2 connected 100-199',
    d: 'master - 0 0 3 connected 200-299',
    ...change,
  })
    .map(([char, rest], at) => line(char, `10.0.0.${at + 1}`, char === myself ? `myself,${rest}` : rest))
    .join('');

describe('scripts of a node of a Redis Cluster', () => {
  let stage: Stage;
  const at = (...names: string[]) => stage.at(...names);
  const answer = (host: string, command: string, text: string) => stage.answer(host, command, text);
  const asked = () => stage.asked();
  const run = (script: string, timeout?: number) => stage.run(script, timeout);

  beforeEach(() => {
    stage = new Stage();
    fs.writeFileSync(at('run/patience'), '20\n');
  });

  it.each(['cluster-start.sh', 'cluster-ready.sh', 'cluster-stop.sh'])(
    '%s can be run as it is mounted',
    (script) => {
      const text = fs.readFileSync(path.join(SCRIPTS, script), 'utf8');
      expect(text).toMatch(/^#!\/bin\/sh\n/);
      expect(fs.statSync(path.join(SCRIPTS, script)).mode & 0o111).toBe(0o111);
    },
  );

  describe('cluster-start.sh', () => {
    const server = () => `server ${at('data/redis.conf')}`;
    const again = (last = nodes('a')) => {
      fs.writeFileSync(at('run/started'), '');
      fs.writeFileSync(at('data/nodes.conf'), `${last}vars currentEpoch 3 lastVoteEpoch 0\n`);
    };
    const seen = (change: Record<string, string> = {}, by = ['b', 'c', 'd']) => {
      for (const char of by)
        answer(`10.0.0.${'abcd'.indexOf(char) + 1}`, 'CLUSTER NODES', nodes(char, change));
    };

    it('starts the server at once after the gate, and asks nobody', () => {
      again();
      fs.rmSync(at('run/started'));
      expect(run('cluster-start.sh')).toEqual({ status: 0, says: [server()] });
      expect(asked()).toEqual([]);
      expect(fs.readdirSync(at('run'))).toEqual(['patience', 'started']);
    });

    it.each([
      ['that was a replica', { a: `slave ${id('b')} 0 0 1 connected` }],
      ['that had no slots', { a: `master - 0 0 1 connected [93-<-${id('c')}]` }],
    ])('starts a node again %s, and asks nobody', (_, change) => {
      again(nodes('a', change));
      expect(run('cluster-start.sh').says).toEqual([server()]);
      expect(asked()).toEqual([]);
    });

    it.each([
      ['nobody answers', {}, []],
      [
        'it was replaced',
        { a: `slave ${id('b')} 0 0 9 connected`, b: 'master - 0 0 9 connected 0-99' },
        ['b', 'c'],
      ],
      [
        'its slots are those of others',
        { a: 'master - 0 0 1 connected', c: 'master - 0 0 9 connected 0-199' },
        ['c'],
      ],
      ['it has no replica that serves', { b: `slave,fail ${id('a')} 0 0 1 disconnected` }, ['c', 'd']],
      [
        'others could not elect one',
        { c: 'master,fail? - 0 0 2 connected 100-199', d: 'master - 0 0 3 disconnected 200-299' },
        ['b'],
      ],
    ] as [string, Record<string, string>, string[]][])('starts a master again where %s', (_, change, by) => {
      again();
      seen(change, by);
      expect(run('cluster-start.sh').says).toEqual([server()]);
    });

    it('starts a master again that the others have forgotten', () => {
      again();
      answer('10.0.0.3', 'CLUSTER NODES', nodes('c').split('\n').slice(1).join('\n'));
      expect(run('cluster-start.sh').says).toEqual([server()]);
    });

    it('goes by the newest of what the others say', () => {
      again();
      const change = { a: 'master - 0 0 1 connected', c: 'master - 0 0 9 connected 0-199' };
      seen({}, ['b', 'd']);
      seen(change, ['c']);
      expect(run('cluster-start.sh').says).toEqual([server()]);
    });

    it('waits until its replica has taken its place, and for so long only', () => {
      fs.writeFileSync(at('run/patience'), '1\n');
      again();
      seen();
      expect(run('cluster-start.sh').says).toEqual([
        '{"start":"waits","reason":"this takes its place as a master first: b.redis"}',
        '{"start":"again","reason":"nothing has taken its place within 1 s"}',
        server(),
      ]);
      expect(asked().every((each) => each.startsWith('probe:none@'))).toBe(true);
      expect(fs.readdirSync(at('run'))).toEqual(['patience', 'started']);
    });

    it('waits for ever where nothing is kept, even if others cannot elect the replica', () => {
      fs.writeFileSync(at('run/patience'), 'forever\n');
      again();
      seen({ c: 'master,fail - 0 0 2 disconnected 100-199' }, ['b', 'd']);
      const { status, says } = run('cluster-start.sh', 2_500);
      expect(status).not.toBe(0);
      expect(says).toEqual([
        '{"start":"waits","reason":"the keys are in b.redis, and 1 of 3 masters cannot elect it; if the others are lost, run' +
          ' CLUSTER FAILOVER TAKEOVER there"}',
      ]);
      expect(fs.existsSync(at('run/waiting'))).toBe(true);
    });
  });

  describe('cluster-ready.sh', () => {
    const STATE = 'cluster_enabled:1\r\ncluster_state:ok\r\n';
    it.each([
      ['a master', 'PONG\n# Replication\r\nrole:master\r\n\ncluster_state:ok\r\n', 0, []],
      ['a replica with its master', `PONG\nrole:slave\r\nmaster_link_status:up\r\n\n${STATE}`, 0, []],
      [
        'a replica without it',
        `PONG\nrole:slave\r\nmaster_link_status:down\r\n\n${STATE}`,
        1,
        ['it is not connected to its master'],
      ],
      [
        'a node that nobody has met, and one of a cluster that is down',
        'PONG\nrole:master\r\n\ncluster_state:fail\r\n',
        1,
        ['it finds that the cluster does not serve'],
      ],
      [
        'a server that reads its data',
        'LOADING Redis is loading the dataset in memory\n\n',
        1,
        ['it answers: LOADING Redis is loading the dataset in memory'],
      ],
      ['a server that does not answer', '', 1, ['it answers:']],
    ] as [string, string, number, string[]][])('tells of %s', (_, text, status, says) => {
      answer('10.0.0.1', 'stdin', text);
      expect(run('cluster-ready.sh')).toEqual({ status, says });
      expect(asked()).toEqual(['probe:none@10.0.0.1 stdin']);
    });
  });

  describe('cluster-stop.sh', () => {
    const replica = (offset: number, link = 'up') =>
      `role:slave\r\nmaster_link_status:${link}\r\nslave_repl_offset:${offset}\r\n`;
    const failovers = () => asked().filter((each) => each.includes('FAILOVER'));

    it('has the replica take over that has most', () => {
      answer('10.0.0.1', 'CLUSTER NODES', nodes('a', { d: `slave ${id('a')} 0 0 3 connected` }));
      answer('10.0.0.2', 'INFO replication', replica(99));
      answer('10.0.0.4', 'INFO replication', replica(101));
      answer('10.0.0.4', 'CLUSTER FAILOVER', 'OK\n');
      answer('10.0.0.1', 'INFO replication', 'role:slave\r\n');
      expect(run('cluster-stop.sh')).toEqual({
        status: 0,
        says: ['{"stop":"handed over","reason":"10.0.0.4:6379 is the master"}'],
      });
      expect(failovers()).toEqual(['steward:new@10.0.0.4 CLUSTER FAILOVER']);
    });

    it('tries the password before, and stops all the same where none is right', () => {
      answer('10.0.0.1', 'CLUSTER NODES', nodes('a'));
      answer('10.0.0.2', 'INFO replication', replica(99));
      answer('10.0.0.2', 'CLUSTER FAILOVER', 'WRONGPASS invalid username-password pair\n');
      expect(run('cluster-stop.sh')).toEqual({
        status: 0,
        says: [
          '{"stop":"nothing","reason":"10.0.0.2:6379 does not take its place: WRONGPASS invalid username-password pair"}',
        ],
      });
      expect(failovers()).toEqual([
        'steward:new@10.0.0.2 CLUSTER FAILOVER',
        'steward:old@10.0.0.2 CLUSTER FAILOVER',
      ]);
    });

    it.each([
      ['it does not answer', ''],
      ['it is a replica', nodes('b')],
      ['it has no slots', nodes('a', { a: 'master - 0 0 1 connected' })],
      ['its replica is away', nodes('a', { b: `slave,fail? ${id('a')} 0 0 1 connected` })],
      ['its replica has no link', nodes('a')],
    ])('does nothing where %s', (_, text) => {
      answer('10.0.0.1', 'CLUSTER NODES', text);
      answer('10.0.0.2', 'INFO replication', replica(99, 'down'));
      expect(run('cluster-stop.sh')).toEqual({ status: 0, says: [] });
      expect(failovers()).toEqual([]);
    });
  });
});
