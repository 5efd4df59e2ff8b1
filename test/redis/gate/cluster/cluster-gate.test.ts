import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterRound } from '../../../../lib/redis/gate/cluster/cluster-gate';
import type { GatePeer, GateRound } from '../../../../lib/redis/gate/round';
import type { Serving } from '../../../../lib/redis/steward/facts';
import type { Redis, Transport, Word } from '../../../../lib/redis/wire/types';
import { temporary } from '../../../support/temporary';

const id = (char: string) => char.repeat(40);
const HOSTS = ['redis-0-0', 'redis-0-1', 'redis-1-0', 'redis-2-0'];
const TRANSPORT: Transport = { login: { username: 'steward', password: 'secret' }, timeoutMs: 100 };

/** As it lies on the volume of redis-0-0, which was the master of redis-0-1. */
const NODES = [
  `${id('a')} 10.0.0.1:6379@16379,redis-0-0.redis myself,master - 0 0 1 connected 0-99`,
  `${id('b')} 10.0.0.2:6379@16379,redis-0-1.redis slave ${id('a')} 0 0 1 connected`,
  `${id('c')} 10.0.0.3:6379@16379,redis-1-0.redis master - 0 0 2 connected 100-199`,
  `${id('d')} 10.0.0.4:6379@16379,redis-2-0.redis master - 0 0 3 connected 200-299`,
  'vars currentEpoch 3 lastVoteEpoch 0',
  '',
].join('\n');

/** The same as a node sees it that has this line. */
const seenBy = (char: string) =>
  NODES.replace('myself,', '')
    .replace(/vars.*\n/, '')
    .replace(new RegExp(`^(${id(char)} \\S+ )`, 'm'), '$1myself,');

const SERVING: Serving = {
  state: 'serving',
  role: 'master',
  runId: '1',
  linked: true,
  offset: 7,
  replicas: [],
  keys: 3,
};

/** Other nodes, by what each says to `CLUSTER NODES`; asked commands are written down. */
function world(nodes: Record<string, { sees: string; info: string }>) {
  const asked: string[] = [];
  const connect: GateRound['connect'] = ({ host }, { login }) => {
    const node = nodes[host.split('.')[0]];
    return {
      address: { host, port: 6379 },
      command: async (...words: Word[]) => {
        if (!node) throw new Error('connection refused');
        asked.push(`${login?.username}@${host.split('.')[0]} ${words.join(' ')}`);
        if (words[0] === 'INFO') return node.info;
        return words[1] === 'NODES' ? node.sees : 'OK';
      },
      close: () => undefined,
    } as unknown as Redis;
  };
  const peers = new Map<string, GatePeer>(
    HOSTS.slice(1).map((pod) => [
      pod,
      { at: 'server', says: nodes[pod] ? SERVING : { state: 'silent', reason: 'connection refused' } },
    ]),
  );
  return { connect, peers, asked };
}

const LINK_LOST = 'role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:2\r\n';
const MASTER = 'role:master\r\n';
const ALL = {
  'redis-0-1': { sees: seenBy('b'), info: LINK_LOST },
  'redis-1-0': { sees: seenBy('c'), info: MASTER },
  'redis-2-0': { sees: seenBy('d'), info: MASTER },
};

function round(change: Partial<GateRound> = {}, nodes: Parameters<typeof world>[0] = {}) {
  const root = temporary();
  const paths = Object.fromEntries(
    ['config', 'secrets', 'formed', 'data', 'run'].map((name) => [name, path.join(root, name)]),
  ) as unknown as GateRound['paths'];
  fs.mkdirSync(paths.data);
  const { connect, peers, asked } = world(nodes);
  const members = HOSTS.map((pod) => ({ pod, host: `${pod}.redis`, shard: Number(pod[6]) }));
  const made: GateRound = {
    settings: {
      cluster: 'redis',
      topology: 'cluster',
      members,
      founders: HOSTS,
      port: 6379,
      tls: false,
      keepsData: true,
      operations: 'steward',
      nodeTimeout: 5_000,
    },
    self: members[0],
    podIp: '10.0.1.1',
    paths,
    formed: true,
    disk: 'data',
    log: true,
    peers,
    seenEmpty: new Set(),
    connect,
    transport: TRANSPORT,
    anonymous: { timeoutMs: 100 },
    addressOf: ({ host }) => ({ host, port: 6379 }),
    sentinelAt: ({ host }) => ({ host, port: 26379 }),
    gateOf: ({ host }) => ({ host, port: 9099 }),
    lookup: async (host) => ({ 'redis-0-1.redis': '10.0.1.2', 'redis-1-0.redis': '10.0.1.3' })[host],
    ...change,
  };
  const nodesConf = path.join(paths.data, 'nodes.conf');
  return { round: made, asked, nodesConf, paths };
}

describe('the gate of a node of a Redis Cluster', () => {
  it('lets a new node start under its name and its address', async () => {
    const { round: given, asked, nodesConf, paths } = round({ log: false, disk: 'empty' });
    const decision = await clusterRound(given);
    expect(decision).toMatchObject({
      action: 'start',
      as: 'a new node',
      lines: [
        'cluster-announce-hostname redis-0-0.redis',
        'cluster-announce-ip 10.0.1.1',
        'replica-announce-ip redis-0-0.redis',
      ],
    });
    if (decision.action === 'start') decision.prepare?.();
    expect(fs.existsSync(nodesConf)).toBe(false);
    // 2 * 5 s + 10 s
    expect(fs.readFileSync(path.join(paths.run, 'patience'), 'utf8')).toBe('20\n');
    expect(asked).toEqual([]);
  });

  it('writes present addresses into nodes.conf, before the server starts and not sooner', async () => {
    const awaited = { what: 'addresses', ms: 10_000 };
    const { round: given, nodesConf } = round({ awaited });
    fs.writeFileSync(nodesConf, NODES);
    const decision = await clusterRound(given);
    expect(decision).toMatchObject({ action: 'start', as: 'a master that no replica can replace' });
    expect(fs.readFileSync(nodesConf, 'utf8')).toBe(NODES);
    if (decision.action === 'start') decision.prepare?.();
    expect(fs.readFileSync(nodesConf, 'utf8')).toBe(
      // redis-2-0 does not resolve.
      NODES.replace('10.0.0.1:', '10.0.1.1:')
        .replace('10.0.0.2:', '10.0.1.2:')
        .replace('10.0.0.3:', '10.0.1.3:'),
    );
    expect(fs.readdirSync(path.dirname(nodesConf))).toEqual(['nodes.conf']);
  });

  it('has a replica take its place, which it asks as the steward, and everybody else as the probe', async () => {
    const { round: given, asked, nodesConf } = round({}, ALL);
    fs.writeFileSync(nodesConf, NODES);
    expect(await clusterRound(given)).toEqual({
      action: 'wait',
      reason: expect.stringContaining('redis-0-1 can take its place as master of 100 slots'),
      awaits: 'failover',
      details: { id: id('a'), role: 'master', slots: 100 },
    });
    expect(asked.filter((each) => !each.startsWith('probe@'))).toEqual([
      'steward@redis-0-1 CLUSTER FAILOVER FORCE',
    ]);
    expect(asked).toContain('probe@redis-2-0 CLUSTER NODES');
  });

  it('does not ask one that is in the middle of replacing it, nor counts one that does not answer', async () => {
    const away = 'role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:-1\r\n';
    const { round: given, nodesConf } = round({}, { ...ALL, 'redis-0-1': { sees: seenBy('b'), info: away } });
    fs.writeFileSync(nodesConf, NODES);
    // It was not connected since it started, so that it has nothing more.
    expect(await clusterRound(given)).toMatchObject({
      action: 'start',
      as: 'a master that no replica can replace',
    });
  });

  it('tells a server that starts again to wait for ever where nothing is kept', async () => {
    const { round: given, paths } = round({ log: false, disk: 'empty' });
    const settings = { ...given.settings, keepsData: false };
    const decision = await clusterRound({ ...given, settings });
    if (decision.action === 'start') decision.prepare?.();
    expect(fs.readFileSync(path.join(paths.run, 'patience'), 'utf8')).toBe('forever\n');
  });

  it('takes an empty nodes.conf for none, and refuses a broken one', async () => {
    const { round: given, nodesConf } = round({ log: false });
    fs.writeFileSync(nodesConf, '');
    expect(await clusterRound(given)).toMatchObject({ action: 'start', as: 'a new node' });
    fs.writeFileSync(nodesConf, NODES.slice(0, 30));
    expect(await clusterRound(given)).toEqual({
      action: 'refuse',
      reason:
        `${nodesConf} cannot be read: not a line of CLUSTER NODES: ${NODES.slice(0, 30)}. Empty the volume, and the` +
        ' node starts anew',
    });
  });

  it('waits where there are data and nobody knows whose they are, unless a backup was restored', async () => {
    const { round: given } = round();
    expect(await clusterRound(given)).toMatchObject({
      action: 'wait',
      reason: expect.stringContaining('nodes.conf'),
    });
    const settings = { ...given.settings, restore: 'redis-2026' };
    expect(await clusterRound({ ...given, settings })).toMatchObject({ action: 'wait' });
    expect(await clusterRound({ ...given, settings, formed: false })).toMatchObject({
      action: 'start',
      as: 'a new node with restored data',
    });
  });
});
