import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { decideNode, type NodeFacts, type NodePeer } from '../../lib/redis/gate/cluster/decide-node';
import type { LastRun } from '../../lib/redis/gate/cluster/nodes-conf';
import { ServerFiles } from '../../lib/redis/gate/disk';
import { decideReplication } from '../../lib/redis/gate/replication/decide';
import {
  CLAIM,
  type ReplicationFacts,
  type SentinelAnswer,
  type ServerPeer,
} from '../../lib/redis/gate/replication/facts';
import { decideStandalone } from '../../lib/redis/gate/replication/standalone-gate';
import { decideSentinel } from '../../lib/redis/gate/sentinel/decide';
import type { SentinelFacts, WatchedServer } from '../../lib/redis/gate/sentinel/facts';
import type { ListedNode } from '../../lib/redis/wire/cluster-nodes';
import { readDocument, sourcesIn, tableBelow } from './documents';

const GUIDE = 'docs/redis.md';
/** The guide without its line breaks, in which quotations are looked for. */
const prose = readDocument(GUIDE).replace(/\s+/g, ' ');

const quotes = (text: string): void => expect(prose).toContain(text);

/* Servers of a replication: redis-1 decides. */

const names = (master: string, epoch = 1): SentinelAnswer => ({
  state: 'knows',
  master,
  epoch,
  down: false,
  failingOver: false,
});
const sentinels = (...answers: SentinelAnswer[]): ReadonlyMap<string, SentinelAnswer> =>
  new Map(answers.map((answer, index) => [`redis-sentinel-${index}`, answer]));
const all = (answer: SentinelAnswer) => sentinels(answer, answer, answer);
const blank: SentinelAnswer = { state: 'blank' };
const silentSentinel: SentinelAnswer = { state: 'silent', reason: 'its name does not resolve yet' };

const silent: ServerPeer = { state: 'silent', reason: 'its name does not resolve yet' };
const gate = (disk: 'empty' | 'data', wasMaster = false): ServerPeer => ({ state: 'gate', disk, wasMaster });
const master: ServerPeer = { state: 'serving', role: 'master', linked: true, keys: 7 };
const replica = (keys = 7, linked = true): ServerPeer => ({
  state: 'serving',
  role: 'replica',
  linked,
  keys,
});
const peers = (first: ServerPeer, third: ServerPeer): ReadonlyMap<string, ServerPeer> =>
  new Map([
    ['redis-0', first],
    ['redis-2', third],
  ]);

function facts(given: Partial<ReplicationFacts>): ReplicationFacts {
  return {
    self: 'redis-1',
    cluster: 'redis',
    founders: ['redis-0', 'redis-1', 'redis-2'],
    formed: true,
    keepsData: true,
    disk: 'log',
    wasMaster: false,
    claims: false,
    peers: peers(silent, silent),
    sentinels: all(blank),
    patience: 60_000,
    ...given,
  };
}

const first = { self: 'redis-0', formed: false, disk: 'empty', sentinels: all(silentSentinel) } as const;
/** The others, as redis-0 sees them. */
const others = (second: ServerPeer, third: ServerPeer): ReadonlyMap<string, ServerPeer> =>
  new Map([
    ['redis-1', second],
    ['redis-2', third],
  ]);

/** Rows of the table: what leads to each, in its order; several where the row has several outcomes. */
const replicationRows: [outcome: string, given: Partial<ReplicationFacts>][][] = [
  [['replica', { sentinels: all(names('redis-0')), peers: peers(master, silent), disk: 'empty' }]],
  [['replica', { sentinels: all(names('redis-0')), peers: peers({ state: 'loading' }, silent) }]],
  [
    ['wait', { sentinels: all(names('redis-0')), peers: peers(gate('data'), silent) }],
    [
      'replica',
      {
        sentinels: all(names('redis-0')),
        peers: peers(gate('data'), silent),
        awaited: { what: 'master', ms: 60_000 },
      },
    ],
  ],
  [
    ['wait', { sentinels: all(names('redis-0')), awaited: { what: 'master', ms: 19_000 } }],
    ['replica', { sentinels: all(names('redis-0')), awaited: { what: 'master', ms: 20_000 } }],
  ],
  [['replica', { sentinels: all(names('redis-0')), peers: peers(gate('empty'), silent) }]],
  [['wait', { sentinels: all(names('redis-0')), disk: 'empty' }]],
  [['wait', { sentinels: all(names('redis-1')), peers: peers(master, silent) }]],
  [['wait', { sentinels: all({ ...names('redis-1'), failingOver: true } as SentinelAnswer) }]],
  [
    ['master', { sentinels: all(names('redis-1')), peers: peers(replica(), silent) }],
    [
      'wait',
      {
        sentinels: all({ ...names('redis-1'), down: true } as SentinelAnswer),
        peers: peers(replica(), silent),
      },
    ],
  ],
  [
    ['wait', { sentinels: all(names('redis-1')), disk: 'snapshot', peers: peers(replica(), silent) }],
    [
      'master',
      {
        sentinels: all(names('redis-1')),
        disk: 'snapshot',
        peers: peers(replica(), silent),
        awaited: { what: 'failover', ms: 60_000 },
      },
    ],
  ],
  [['master', { sentinels: all(names('redis-1')), disk: 'snapshot', peers: peers(gate('data'), silent) }]],
  [['wait', { sentinels: all(names('redis-1')), disk: 'empty', peers: peers(gate('data'), gate('empty')) }]],
  [['wait', { sentinels: all(names('redis-1')), disk: 'empty', peers: peers(gate('empty'), gate('empty')) }]],
  [
    [
      'master',
      {
        sentinels: all(names('redis-1')),
        disk: 'empty',
        formed: false,
        peers: peers(gate('empty'), gate('empty')),
      },
    ],
  ],
  [['replica', { sentinels: all(silentSentinel), peers: peers(master, silent) }]],
  [['wait', { sentinels: all(silentSentinel), peers: peers(master, master) }]],
  [['master', { ...first, peers: others(gate('empty'), gate('empty')) }]],
  [
    ['wait', { ...first, peers: others(gate('empty'), silent) }],
    ['wait', { ...first, self: 'redis-1', peers: peers(gate('empty'), gate('empty')) }],
  ],
  [['wait', { disk: 'empty', peers: peers(gate('empty'), gate('empty')) }]],
  [['master', { wasMaster: true, peers: peers(gate('data'), gate('data')) }]],
  [['wait', { peers: peers(gate('data', true), gate('data')) }]],
  [
    ['wait', { peers: peers(gate('data'), gate('data')) }],
    ['wait', { wasMaster: true, peers: peers(gate('data', true), gate('data')) }],
    ['master', { claims: true, peers: peers(gate('data'), gate('data')) }],
  ],
  [
    [
      'wait',
      {
        sentinels: sentinels(names('redis-0'), blank, silentSentinel),
        wasMaster: true,
        peers: peers(gate('data'), gate('data')),
      },
    ],
  ],
];

/** What the last cells of a table say, as far as they are about what is done. */
const outcomesIn = (heading: string): string[] =>
  tableBelow(GUIDE, heading).map((cells) => cells[cells.length - 1]);

const firstWord = (cell: string): string | undefined => /^`?(\w+)/.exec(cell)?.[1];

test('the table of servers says what their gate does, row by row', () => {
  const told = outcomesIn('A server of a replication');
  expect(told).toHaveLength(replicationRows.length);
  const wrong = replicationRows.flatMap((cases, index) =>
    cases.flatMap(([outcome, given], at) => {
      const { action } = decideReplication(facts(given));
      const says = at === 0 ? firstWord(told[index]) === outcome : told[index].length > 0;
      return action === outcome && says ? [] : [`row ${index + 1}: ${told[index]}, in truth ${action}`];
    }),
  );
  expect(wrong).toEqual([]);
});

/** Reasons as the guide explains them, by what leads to them. */
const explained: [string, Partial<ReplicationFacts>][] = [
  ['redis-0 forms the deployment, and this server follows it then', { ...first, self: 'redis-1' }],
  [
    'this server forms the deployment once the gates of all founders say that their disks are empty',
    { ...first, peers: others(gate('empty'), silent) },
  ],
  [
    'this disk is empty, and is filled from the master once it serves. Sentinels name redis-0 as the master',
    { sentinels: all(names('redis-0')), disk: 'empty' },
  ],
  ['the master is waited for, for 20 s at most', { sentinels: all(names('redis-0')) }],
  [
    'Sentinels name this server as the master, and redis-2 serves as one: they have yet to agree',
    { sentinels: all(names('redis-1')), peers: peers(silent, master) },
  ],
  [
    'Sentinels name this server as the master, and may be about to replace it, which is waited for, for 60 s at most',
    { sentinels: all(names('redis-1')), disk: 'snapshot', peers: peers(replica(), silent) },
  ],
  [
    'Sentinels name this server as the master, and its disk is empty: it starts once they have replaced it by one that has data',
    { sentinels: all(names('redis-1')), disk: 'empty', peers: peers(replica(), silent) },
  ],
  [
    'the deployment was formed, and the disks of all servers are empty, so its data is gone',
    { sentinels: all(names('redis-1')), disk: 'empty', peers: peers(gate('empty'), gate('empty')) },
  ],
  [
    'the deployment was formed, this disk is empty, and no Sentinel names a master',
    { disk: 'empty', peers: peers(gate('empty'), silent) },
  ],
  [
    'redis-0 and redis-2 serve as masters, and no majority of Sentinels says which is',
    { sentinels: all(silentSentinel), peers: peers(master, master) },
  ],
  [
    'a majority of Sentinels has to say who is the master',
    { sentinels: all(silentSentinel), peers: peers(gate('data'), gate('data')) },
  ],
  [
    'Sentinels know of no master, so that all servers have to say what they have',
    { peers: peers(gate('data'), silent) },
  ],
  ['redis-2 was the master last, and is to serve first', { peers: peers(gate('data'), gate('data', true)) }],
  [
    'Sentinels know of no master, and of the servers none was the master last',
    { peers: peers(gate('data'), gate('data')) },
  ],
  [
    'redis-0 and redis-2 say that they were the master last',
    { peers: peers(gate('data', true), gate('data', true)) },
  ],
  [
    'the backup 20261121T180000Z is not on this disk, which the deployment is formed from',
    { ...first, restore: '20261121T180000Z', peers: others(gate('empty'), gate('empty')) },
  ],
];

test.each(explained)('the guide explains "%s"', (text, given) => {
  const decision = decideReplication(facts(given));
  expect('reason' in decision && decision.reason).toContain(text);
  quotes(text);
});

test('the guide says how a person decides whose data counts', () => {
  const decision = decideReplication(facts({ peers: peers(gate('data'), gate('data')) }));
  expect('reason' in decision && decision.reason).toContain(`touch /data/${CLAIM}`);
  quotes(`-c gate -- touch /data/${CLAIM}`);
});

test('the guide explains what a single server says of a lost disk', () => {
  const alone = { cluster: 'redis', keepsData: true, disk: 'empty' } as const;
  const decision = decideStandalone({ ...alone, formed: true });
  const text = 'the deployment was formed, and this disk is empty: its data is gone';
  expect('reason' in decision && decision.reason).toContain(text);
  quotes(text);
  expect(decideStandalone({ ...alone, formed: false }).action).toBe('start');
});

/* Sentinels. */

const hosts = ['redis-0', 'redis-1', 'redis-2'].map((pod) => `${pod}.redis-headless.shop.svc.cluster.local`);
const serves = (role: 'master' | 'replica', linked = 0): WatchedServer => ({
  state: 'serving',
  role,
  linked,
});
const away: WatchedServer = { state: 'silent' };

function watched(
  given: Partial<Omit<SentinelFacts, 'servers'>> & { servers?: WatchedServer[] },
): SentinelFacts {
  const { servers = [away, away, away], ...rest } = given;
  return {
    formed: true,
    others: new Map([
      ['redis-sentinel-1', blank],
      ['redis-sentinel-2', blank],
    ]),
    ...rest,
    servers: new Map(hosts.map((host, index) => [host, servers[index]])),
  };
}

const two = (one: SentinelAnswer, other: SentinelAnswer) =>
  new Map([
    ['redis-sentinel-1', one],
    ['redis-sentinel-2', other],
  ]);

const sentinelRows: ['monitor' | 'wait', SentinelFacts][][] = [
  [['monitor', watched({ kept: hosts[1] })]],
  [['monitor', watched({ others: two(names(hosts[0]), names(hosts[0])) })]],
  [
    ['wait', watched({ others: two(names(hosts[0]), names(hosts[1])) })],
    [
      'wait',
      watched({ others: two(names(hosts[0]), names(hosts[0])), servers: [away, serves('master'), away] }),
    ],
  ],
  [['wait', watched({ others: two({ state: 'gate' }, blank), servers: [serves('master', 2), away, away] })]],
  [['monitor', watched({ formed: false, servers: [serves('master'), away, away] })]],
  [
    ['monitor', watched({ servers: [serves('master', 1), serves('replica'), away] })],
    ['monitor', watched({ servers: [serves('master'), serves('replica'), serves('replica')] })],
  ],
  [
    ['wait', watched({})],
    ['wait', watched({ servers: [serves('master', 2), serves('master', 2), away] })],
  ],
];

test('the table of Sentinels says what their gate does, row by row', () => {
  const told = outcomesIn('A Sentinel');
  expect(told).toHaveLength(sentinelRows.length);
  for (const [index, cases] of sentinelRows.entries()) {
    for (const [outcome, given] of cases) {
      expect([index, decideSentinel(given).action]).toEqual([index, outcome]);
      expect(firstWord(told[index])).toBe(outcome);
    }
  }
});

test.each([
  ['no Sentinel knows who is the master, and the only server that serves as one would be', watched({})],
  [
    'other Sentinels know who was the master and have yet to start',
    watched({ others: two({ state: 'gate' }, blank) }),
  ],
  [
    'other Sentinels have yet to agree on the master',
    watched({ others: two(names(hosts[0]), names(hosts[1])) }),
  ],
])('the guide explains that %s', (text, given) => {
  const decision = decideSentinel(given);
  expect('reason' in decision && decision.reason).toContain(text);
  quotes(text);
});

/* Nodes of a Redis Cluster: sessions-0-0 decides, whose replica is sessions-0-1. */

const ranges = { a: [0, 5460], b: [5461, 10_922], c: [10_923, 16_383] } as const;

const known = (id: string, more: Partial<ListedNode>): ListedNode => ({
  id,
  ip: '10.0.0.1',
  port: 6379,
  hostname: `${id}.sessions-headless.shop.svc.cluster.local`,
  role: 'master',
  failed: 'no',
  handshake: false,
  linked: true,
  epoch: 1,
  slots: [],
  ...more,
});

/** Everybody as node `by` knows them; this node is missed. */
function list(by: string, own: Partial<ListedNode> = {}) {
  const nodes = [
    known('own', { slots: [ranges.a], linked: false, failed: 'yes', ...own }),
    known('heir', { role: 'replica', master: 'own' }),
    known('b', { slots: [ranges.b] }),
    known('c', { slots: [ranges.c] }),
  ];
  const myself = nodes.find(({ id }) => id === by) as ListedNode;
  return { myself, nodes, migrating: [], importing: [] };
}

function serving(by: string, keys: number, own: Partial<ListedNode> = {}): NodePeer {
  const says = {
    state: 'serving',
    role: by === 'heir' ? 'replica' : 'master',
    runId: by,
    linked: false,
    offset: 7,
    replicas: [],
    keys,
  } as const;
  return { state: 'serving', says, knows: list(by, own), ...(by === 'heir' && { missing: 3 }) };
}

const unheard: NodePeer = { state: 'silent', reason: 'its name does not resolve yet' };

function nodePeers(heir: NodePeer, b: NodePeer, c: NodePeer): ReadonlyMap<string, NodePeer> {
  return new Map([
    ['sessions-0-1', heir],
    ['sessions-1-0', b],
    ['sessions-2-0', c],
  ]);
}

const last: LastRun = {
  id: 'own',
  role: 'master',
  slots: 5461,
  replicas: ['heir'],
  others: [{ id: 'b', hostname: 'sessions-1-0.sessions-headless.shop.svc.cluster.local' }],
};

const everybody = nodePeers(serving('heir', 9), serving('b', 9), serving('c', 9));
const replaced = { slots: [] };

const node = (given: Partial<NodeFacts>): NodeFacts => ({
  last,
  hasData: true,
  keepsData: true,
  restored: false,
  peers: everybody,
  nodeTimeout: 10_000,
  ...given,
});

const fresh = { last: undefined, hasData: false };
const gone = { hasData: false };

/** The same, where nobody reaches one of the nodes. */
function without(id: string, all: ReadonlyMap<string, NodePeer>): ReadonlyMap<string, NodePeer> {
  const unlinked = [...all].map(([pod, peer]): [string, NodePeer] => {
    if (peer.state !== 'serving') return [pod, peer];
    const nodes = peer.knows.nodes.map((each) => (each.id === id ? { ...each, linked: false } : each));
    return [pod, { ...peer, knows: { ...peer.knows, nodes } }];
  });
  return new Map(unlinked);
}

const heirAway = without('heir', nodePeers(unheard, serving('b', 9), serving('c', 9)));
/** One of three masters is there beside this one. */
const minority = without('c', nodePeers(serving('heir', 9), serving('b', 9), unheard));

const nodeRows: ['start' | 'wait', NodeFacts][][] = [
  [['start', node(fresh)]],
  [['wait', node({ ...fresh, hasData: true })]],
  [['start', node({ ...fresh, hasData: true, restored: true })]],
  [
    ['start', node({ last: { ...last, role: 'replica', slots: 0 } })],
    ['start', node({ last: { ...last, slots: 0 } })],
  ],
  [
    ['wait', node({ peers: nodePeers(unheard, unheard, unheard) })],
    [
      'start',
      node({ peers: nodePeers(unheard, unheard, unheard), awaited: { what: 'addresses', ms: 10_000 } }),
    ],
  ],
  [
    [
      'start',
      node({
        peers: nodePeers(serving('heir', 9, replaced), serving('b', 9, replaced), serving('c', 9, replaced)),
      }),
    ],
  ],
  [
    ['wait', node({})],
    ['start', node({ awaited: { what: 'failover', ms: 30_000 } })],
  ],
  [
    ['start', node({ peers: heirAway })],
    ['start', node({ peers: minority })],
  ],
  [['wait', node(gone)]],
  [['start', node({ ...gone, peers: nodePeers(serving('heir', 0), serving('b', 9), serving('c', 9)) })]],
  [['wait', node({ ...gone, peers: heirAway })]],
];

test('the table of nodes says what their gate does, row by row', () => {
  const told = outcomesIn('A node of a Redis Cluster');
  expect(told).toHaveLength(nodeRows.length);
  const wrong = nodeRows.flatMap((cases, index) =>
    cases.flatMap(([outcome, given], at) => {
      const { action } = decideNode(given);
      const says = at > 0 || firstWord(told[index]) === outcome;
      return action === outcome && says
        ? []
        : [`row ${index + 1}, case ${at + 1}: ${told[index]}, in truth ${action}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test.each([
  [
    'nobody serves yet, and it looks for the addresses of the others',
    node({ peers: nodePeers(unheard, unheard, unheard) }),
  ],
  [
    'sessions-0-1 can take its place as master of 5461 slots, and may have more of what was written',
    node({}),
  ],
  [
    'its data is gone, and sessions-0-1 has the keys of 5461 slots: it starts once that has taken its place',
    node(gone),
  ],
  [
    'to which 1 of 3 masters cannot agree. If the others are lost, run CLUSTER FAILOVER TAKEOVER there',
    node({ ...gone, peers: minority }),
  ],
  [
    'its data is gone, and a replica that may have the keys of 5461 slots does not serve',
    node({ ...gone, peers: heirAway }),
  ],
  [
    'its data is there, and the nodes.conf that says who it is and which slots it has is gone',
    node({ ...fresh, hasData: true }),
  ],
])('the guide explains that %s', (text, given) => {
  const decision = decideNode(given);
  expect('reason' in decision && decision.reason).toContain(text);
  quotes(text);
});

/* What all gates say. */

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

test('the guide explains whose volume is refused', () => {
  const data = mkdtempSync(join(tmpdir(), 'redis-docs-'));
  made.push(data);
  mkdirSync(data, { recursive: true });
  const notes = { cluster: 'redis', pod: 'redis-2', seenEmpty: [], started: true };
  writeFileSync(join(data, 'gate.json'), JSON.stringify(notes));
  const { foreign } = new ServerFiles({ cluster: 'redis' }, { data }, 'redis-1', '').read();
  const text = 'this volume belongs to redis-2 of redis, and this is redis-1 of redis';
  expect(foreign).toContain(text);
  quotes(text);
});

const sources = sourcesIn(
  'lib/redis/gate/run.ts',
  'lib/redis/gate/cluster/cluster-gate.ts',
  'lib/steward/hold-gate.ts',
  'lib/steward/program.ts',
);

test.each([
  [
    'is not one of the servers that should exist (redis-0, redis-1, redis-2): it starts once it is',
    'is not one of the servers that should exist (',
  ],
  ['nodes.conf cannot be read', 'cannot be read: '],
  ['"gate":"again"', "gate: 'again'"],
  ['"gate":"start"', "gate: 'start'"],
  ['"gate":"failed"', "[role]: 'failed'"],
])('the guide explains %s, which the gate still says', (told, source) => {
  quotes(told);
  expect(sources).toContain(source);
});
