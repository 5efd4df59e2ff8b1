import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { expect, test } from 'vitest';
import * as library from '../../lib';
import { Environment, type RedisReplicationProps, RedisVersion } from '../../lib';
import { reportedProblems } from '../../lib/core/problem';
import { libraryAclUsers } from '../../lib/redis/gate/acl-file';
import { redisAlerts } from '../../lib/redis/redis-alerts';
import { isLive, isOwned } from '../../lib/redis/redis-config-keys';
import { completeReplication } from '../../lib/redis/redis-model';
import { modeProblem } from '../../lib/redis/redis-modes';
import { PORTS } from '../../lib/redis/redis-names';
import { checkRedis } from '../../lib/redis/redis-validate';
import { ROLE_LABEL } from '../../lib/redis/steward/settings';
import { redisMetrics } from '../../lib/redis/steward/shared/redis-metrics';
import { NOTE } from '../../lib/redis/twemproxy/note';
import { TWEMPROXY_PORTS } from '../../lib/redis/twemproxy/settings';
import { twemproxyAlerts } from '../../lib/redis/twemproxy-alerts';
import type { TwemproxyModel } from '../../lib/redis/twemproxy-model';
import { Backups } from '../../lib/steward/backups';
import { STEWARD_PORT } from '../../lib/steward/settings';
import { everyProp, SILENT } from '../redis/every-prop';
import { CLUSTER, watched } from '../redis/redis-watched';
import { everything } from '../support/every-prop';
import {
  blockNamed,
  blocksOf,
  codeIn,
  exportedInterfaces,
  propTablesOf,
  ROOT,
  readDocument,
  tableBelow,
} from './documents';
import { chartForParts, partsOf, runPart } from './parts';
import { renderedCluster, renderedReplication } from './redis-deployment';
import type { Manifest } from './rendered';
import { metricsIn } from './steward-guide';

const GUIDE = 'docs/redis.md';
const guide = readDocument(GUIDE);
/** The guide without its line breaks, in which quotations are looked for. */
const prose = guide.replaceAll('`', '').replace(/\s+/g, ' ');
const REDIS = join(ROOT, 'lib/redis');

function quotes(text: string): void {
  expect(prose).toContain(text.replaceAll('`', ''));
}

// What the library gives rather than takes is told in words; what several take stands in the tables of them all.
const WITHOUT = [
  ...['IRedis', 'RedisConnection', 'RedisRights', 'ITwemproxy', 'ITwemproxyShard'],
  ...[
    'TwemproxyConnection',
    'RedisProxyAccess',
    'RedisServerProps',
    'RedisWriteSafety',
    'RedisEndpointsProps',
  ],
];

test('the guide has a table for every interface of props', () => {
  const names = exportedInterfaces('lib/redis').filter((name) => !WITHOUT.includes(name));
  expect(names.length).toBeGreaterThan(15);
  expect(propTablesOf(GUIDE).sort()).toEqual(names.sort());
});

test('the guide counts and names what the ten lines become', () => {
  const objects = renderedReplication().map(
    ({ kind, metadata }) =>
      `${kind} ${kind === 'Job' ? metadata.name.replace(/[0-9a-f]{10}$/, '…') : metadata.name}`,
  );
  const told = tableBelow(GUIDE, 'What is rendered').flatMap(([cell]) => codeIn(cell));
  expect(told.sort()).toEqual(objects.sort());
  expect(guide).toContain(`become ${objects.length} objects`);
  for (const name of ['start.ts', 'cluster.ts', 'standalone.ts'])
    expect(blockNamed(GUIDE, name).text.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
});

test('the guide shows all of redis.conf and live.conf', () => {
  const config = renderedReplication().find(({ metadata }) => metadata.name === 'redis-config') as Manifest;
  for (const file of ['redis', 'live']) {
    const [shown] = blocksOf(GUIDE).filter(({ text }) => text.includes(`jsonpath='{.data.${file}\\.conf}'`));
    expect(shown.text.split('\n').slice(1).join('\n').trim()).toBe(config.data[`${file}.conf`].trim());
  }
  quotes('room for 2662 MiB of data');
  expect(config.data['redis.conf']).toContain(`maxmemory ${2662 * 1024 ** 2}\n`);
});

test('the guide says what a Redis Cluster consists of', () => {
  const names = renderedCluster().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  for (const name of [
    'StatefulSet sessions-0',
    'PodDisruptionBudget sessions-2',
    'Service sessions-headless',
    'Service sessions',
  ])
    expect(names).toContain(name);
  expect(names.filter((name) => name.includes('sentinel'))).toEqual([]);
  const [table] = tableBelow(GUIDE, 'Topology').filter(([what]) => what === 'Host');
  const config = renderedCluster().find(({ metadata }) => metadata.name === 'sessions-config') as Manifest;
  const [member] = JSON.parse(config.data['gate.json']).members;
  expect(codeIn(table[2])[0].replace('<namespace>', 'shop')).toBe(member.host);
});

/** A deployment's model in production, and what is wrong with it. */
function modelOf(props: Partial<RedisReplicationProps>) {
  const app = new App();
  Environment.attach(app, { name: 'prod', certificates: { issuer: { name: 'internal' } } });
  const environment = Environment.of(app);
  const place = { name: 'redis', namespace: 'shop', clusterDomain: 'cluster.local' };
  const given = { memory: Size.gibibytes(1), storage: Size.gibibytes(100), tls: {}, ...props };
  const { model } = completeReplication(place, given, environment);
  return { model, problems: checkRedis(model, environment).map(({ code }) => code) };
}

const sizeOf = (text: string): Size =>
  text.endsWith('Gi') ? Size.gibibytes(Number(text.slice(0, -2))) : Size.mebibytes(Number(text.slice(0, -2)));
const less = (size: Size): Size => Size.mebibytes(size.toMebibytes() - 1);

test('the guide says how maxmemory and the volume follow from the memory, and what is refused', () => {
  const rows = tableBelow(GUIDE, 'Sizing').map((cells) => cells.map(sizeOf));
  expect(rows.length).toBeGreaterThan(3);
  for (const [memory, store, cache, ...volumes] of rows) {
    expect(modelOf({ memory }).model.maxmemory.toMebibytes()).toBe(store.toMebibytes());
    expect(modelOf({ memory, use: 'cache' }).model.maxmemory.toMebibytes()).toBe(cache.toMebibytes());
    for (const [index, persistence] of (['rdb', 'aof', 'aof+rdb'] as const).entries()) {
      const storage = volumes[index];
      expect(modelOf({ memory, persistence, storage }).problems).toEqual([]);
      expect(modelOf({ memory, persistence, storage: less(storage) }).problems).toEqual(['redis/storage']);
    }
  }
  quotes('One of your own may be 90 % at most');
  const memory = Size.gibibytes(1);
  expect(modelOf({ memory, maxmemory: Size.mebibytes(921) }).problems).toEqual([]);
  expect(modelOf({ memory, maxmemory: Size.mebibytes(922) }).problems).toEqual(['redis/memory']);
});

test('the guide says how long a server has to end', () => {
  const grace = (gibibytes: number): number => {
    const objects = renderedReplication({ memory: Size.gibibytes(gibibytes), storage: Size.gibibytes(100) });
    const set = objects.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'redis');
    return set?.spec.template.spec.terminationGracePeriodSeconds;
  };
  expect([grace(4), grace(10)]).toEqual([90 + 4 * 15, 90 + 10 * 15]);
  quotes('it has 90 seconds, and 15 more for each GiB of memory');
});

test('the guide says what follows from the use', () => {
  const of = (props: Partial<RedisReplicationProps>) => modelOf(props).model;
  const [store, cache] = [of({}), of({ use: 'cache' })];
  const rows = tableBelow(GUIDE, 'Store or cache');
  const [full, disk, , volume, writes] = rows;
  expect(codeIn(full[1])).toEqual([store.maxmemoryPolicy]);
  expect(codeIn(full[2])).toEqual([cache.maxmemoryPolicy]);
  expect([store.persistence, cache.persistence]).toEqual([codeIn(disk[1])[0], 'none']);
  expect(volume[2]).toBe('an emptyDir');
  expect(of({ use: 'cache', storage: undefined }).data.kind).toBe('emptyDir');
  expect(codeIn(writes[1])).toEqual([`minReplicasToWrite: ${store.minReplicasToWrite}`]);
  expect([cache.minReplicasToWrite, of({ replicas: 1 }).minReplicasToWrite]).toEqual([0, 0]);
  expect(store.minReplicasMaxLag).toBe(10);
});

test('the guide names every persistence and every own user with the Secret of its password', () => {
  const props = readFileSync(join(REDIS, 'redis-props.ts'), 'utf8');
  const [, union = ''] = /export type RedisPersistence = ([^;]+);/.exec(props) ?? [];
  const kinds = [...union.matchAll(/'([^']+)'/g)].map(([, kind]) => kind);
  expect(
    tableBelow(GUIDE, 'Persistence')
      .map(([cell]) => codeIn(cell)[0])
      .sort(),
  ).toEqual(kinds.sort());
  const passwords = { steward: ['one'], internal: ['two'] };
  const [byDefault, ...users] = libraryAclUsers(passwords);
  expect(byDefault).toMatchObject({ name: 'default', words: expect.arrayContaining(['off']) });
  const told = tableBelow(GUIDE, "The library's own users").map(([name, , secret]) => [
    codeIn(name)[0],
    codeIn(secret)[0] ?? secret,
  ]);
  const secretOf = (name: string, words: readonly string[]) =>
    words.includes('nopass') ? 'none' : name === 'steward' ? '<name>-steward' : '<name>-internal';
  expect(told.sort()).toEqual(users.map(({ name, words }) => [name, secretOf(name, words)]).sort());
});

test('the guide knows the releases', () => {
  const constants = Object.entries(RedisVersion).filter(([, value]) => value instanceof RedisVersion);
  expect(tableBelow(GUIDE, 'Upgrades').map((cells) => cells.map((cell) => codeIn(cell)[0]))).toEqual(
    constants.map(([name, value]) => [`RedisVersion.${name}`, (value as RedisVersion).image]),
  );
});

test('the guide says who restarts for a change, as the pod templates show it', () => {
  const rows = tableBelow(GUIDE, 'Rolling a change');
  const told = rows.flatMap(([cell, effect]) => codeIn(cell).map((word) => ({ word, effect })));
  const cases = Object.values(everyProp).flat() as readonly {
    readonly interface: string;
    readonly prop: string;
    readonly restarts: string;
  }[];
  const NAMES: Record<string, string> = { tls: 'RedisTls', sentinels: 'RedisSentinels' };
  const restarting = (word: string): string[] => {
    const [prop, of] = word.split('.').reverse();
    const found = cases.filter((one) =>
      of
        ? one.interface === NAMES[of] && one.prop === prop
        : /^Redis(Replication|Cluster)Props$/.test(one.interface) && one.prop === prop,
    );
    return [...new Set(found.map(({ restarts }) => restarts))];
  };
  const ofProps = cases.filter((one) => /^Redis\w+Props$/.test(one.interface)).map(({ prop }) => prop);
  const named = told.map(({ word }) => word.split('.')[0]).filter((word) => word !== 'grantAccess');
  expect([...new Set(named)].sort()).toEqual([...new Set([...ofProps, ...SILENT])].sort());
  // By what the guide says, who it may be by the templates: without Sentinels, all that restart are servers.
  const says: [RegExp, string[]][] = [
    [/^servers and Sentinels restart/, ['all', 'servers']],
    [/^(servers restart|what follows from it is applied live; servers restart)/, ['servers']],
    [/^Sentinels restart/, ['sentinels']],
    [
      /^(applied live$|\[applied live|made on every|no restart|another certificate|servers \[come|Sentinels come)/,
      ['nobody'],
    ],
  ];
  const wrong = told.flatMap(({ word, effect }) => {
    const [, may] = says.find(([words]) => words.test(effect)) ?? [];
    const found = word === 'grantAccess' ? [] : restarting(word);
    return !may || found.every((one) => may.includes(one)) ? [] : [`${word}: ${effect}, in truth ${found}`];
  });
  expect(wrong).toEqual([]);
  expect(told.filter(({ effect }) => /^(servers|Sentinels).* restart/.test(effect)).length).toBeGreaterThan(
    10,
  );
});

test('what the guide calls live or owned is', () => {
  expect(isLive('notify-keyspace-events')).toBe(true);
  expect(['slowlog-log-slower-than', 'client-output-buffer-limit'].every(isLive)).toBe(true);
  expect(isLive('loadmodule')).toBe(false);
  expect(['dir', 'bind', 'maxmemory', 'appendonly', 'replica-announce-ip'].every(isOwned)).toBe(true);
});

test('modes that the guide says fit do, and no others', () => {
  const topologies = {
    RedisStandalone: 'standalone',
    RedisReplication: 'replication',
    RedisCluster: 'cluster',
  } as const;
  const rows = tableBelow(GUIDE, 'Modes');
  expect(rows.map(([mode]) => codeIn(mode)[0])).toEqual(['sentinel', 'master', 'replicas', 'cluster']);
  for (const [cell, , fits] of rows) {
    const [mode] = codeIn(cell) as ('sentinel' | 'master' | 'replicas' | 'cluster')[];
    const fitting = Object.entries(topologies).filter(([, topology]) => !modeProblem(mode, topology));
    expect(codeIn(fits).sort()).toEqual(fitting.map(([name]) => name).sort());
  }
  expect(modeProblem('master', 'replication', false)).toContain("operations is 'none'");
  expect(guide).toContain(`\`${ROLE_LABEL}: master\``);
});

test('the variables of a connection are those of the guide', () => {
  const app = new App();
  Environment.attach(app, everything);
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const given = {
    memory: Size.gibibytes(4),
    storage: Size.gibibytes(10),
    tls: { clientAuthentication: 'need' },
  } as const;
  const redis = new library.RedisReplication(chart, 'redis', given);
  const sessions = new library.RedisCluster(chart, 'sessions', given);
  const shop = new kplus.Deployment(chart, 'shop');
  const rights = { keys: ['*'] };
  const all = [
    redis.grantAccess(shop, rights),
    redis.grantAccess(shop, { ...rights, mode: 'master' }),
    sessions.grantAccess(shop, rights),
  ];
  const [table = ''] = /^\| Variable of[^\n]*\n(\|[^\n]*\n)+/m.exec(guide) ?? [];
  const told = codeIn(table).filter((word) => word.startsWith('REDIS_'));
  expect(told.sort()).toEqual([...new Set(all.flatMap(({ env }) => Object.keys(env)))].sort());
  expect(all[0].files?.items.map(({ path }) => path)).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  expect(all[0].masterName).toBe('redis');
});

test('the guide explains every metric of the steward that only Redis has', async () => {
  const backups = new Backups({ lastSuccess: async () => new Date(0) }, ['redis-backup'], () => 0);
  await backups.look();
  const serving = { state: 'serving', runId: 'x', offset: 7, keys: 1, linked: true } as const;
  const server = (pod: string, says: object) => ({
    pod,
    host: pod,
    shard: 0,
    wanted: true,
    server: { ...serving, ...says },
  });
  const servers = [
    server('redis-0', { role: 'master', replicas: [{ host: 'redis-1', offset: 7, lag: 0 }] }),
    server('redis-1', { role: 'replica', replicas: [], follows: 'redis-0' }),
  ] as unknown as Parameters<typeof redisMetrics>[1]['servers'];
  const text = redisMetrics('redis', { servers, slots: new Map([[0, 16_384]]) }) + backups.samples('redis');
  const families = metricsIn(text);
  expect(families.length).toBeGreaterThan(8);
  const told = tableBelow(GUIDE, 'Metrics');
  expect(told.map(([name, type, labels]) => [codeIn(name)[0], type, codeIn(labels).join()])).toEqual(
    families.map(({ row }) => row),
  );
  for (const [index, { help }] of families.entries())
    expect(told[index][3]).toContain(help.replace(/\.$/, ''));
});

test('the guide explains every alert, and which are there only sometimes', () => {
  const told = tableBelow(GUIDE, 'Alerts');
  const alertsOf = (...of: Parameters<typeof watched>) => redisAlerts(watched(...of));
  const all = [...alertsOf(), ...alertsOf(CLUSTER), ...alertsOf({ maxmemoryPolicy: 'allkeys-lru' })];
  const byName = new Map(all.map((alert) => [alert.alert, [alert.for, alert.severity]]));
  expect(told.map(([alert, ...cells]) => [codeIn(alert)[0], cells.slice(0, 2)]).sort()).toEqual(
    [...byName].sort(),
  );
  expect(told.every(([, , , meaning]) => meaning.length > 20)).toBe(true);
  const names = (...of: Parameters<typeof watched>) => alertsOf(...of).map(({ alert }) => alert);
  const saying = (words: string) =>
    told.filter(([, , , meaning]) => meaning.includes(words)).map(([alert]) => codeIn(alert)[0]);
  const gone = (more: Parameters<typeof watched>[0]) => names().filter((name) => !names(more).includes(name));
  expect(saying('With replicas.')).toEqual(gone({ topology: 'standalone', replicas: 0 }));
  expect(saying('Of a store.')).toEqual(gone({ use: 'cache' }));
  expect(saying('Of a Redis Cluster.')).toEqual(names(CLUSTER).filter((name) => !names().includes(name)));
  expect(saying('With `backup`')).toEqual(gone({ props: {} }));
  const needExporter = names().filter(
    (name) => !names({ props: { ...watched().props, exporter: false } }).includes(name),
  );
  expect([needExporter[0], needExporter[needExporter.length - 1]]).toEqual([
    'RedisDown',
    'RedisReplicationBroken',
  ]);
  quotes('Those from RedisDown to RedisReplicationBroken, and those of slots, need the exporter.');
});

test('the guide explains every alert and port of Twemproxy', () => {
  const alerts = twemproxyAlerts({ name: 'proxy', namespace: 'legacy', use: 'store' } as TwemproxyModel);
  const told = tableBelow(GUIDE, 'Monitoring of Twemproxy');
  expect(told.map(([alert, ...cells]) => [codeIn(alert)[0], ...cells.slice(0, 2)])).toEqual(
    alerts.map((alert) => [alert.alert, alert.for, alert.severity]),
  );
  for (const port of Object.values(TWEMPROXY_PORTS)) quotes(`port ${port}`);
  quotes(`under the key ${NOTE}`);
});

test('the guide names every port, and who may reach it', () => {
  const told = tableBelow(GUIDE, 'Network');
  const ports = told.map(([port]) => Number(port));
  expect([...ports].sort()).toEqual([...Object.values(PORTS), STEWARD_PORT].sort());
  const policy = (objects: readonly Manifest[], name: string) =>
    objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name)?.spec
      .ingress as {
      from: { podSelector: { matchLabels: Record<string, string> } }[];
      ports: { port: number }[];
    }[];
  const reaching = (rules: ReturnType<typeof policy>, component: string): number[] =>
    rules
      .filter(({ from }) =>
        from.some(({ podSelector }) => podSelector?.matchLabels['cdk8s-stateful/component'] === component),
      )
      .flatMap((rule) => rule.ports.map(({ port }) => port));
  const servers = policy(renderedCluster(), 'sessions');
  const saidOf = (who: RegExp) => told.filter(([, , by]) => who.test(by)).map(([port]) => Number(port));
  expect(saidOf(/^servers/).sort()).toEqual(reaching(servers, 'server').sort());
  const [ofServers, ofSentinels] = ['redis', 'redis-sentinel'].map((name) =>
    policy(renderedReplication(), name),
  );
  expect(saidOf(/Sentinels/).sort()).toEqual(
    [...new Set([...reaching(ofServers, 'sentinel'), ...reaching(ofSentinels, 'sentinel')])].sort(),
  );
  expect(saidOf(/the steward/).sort()).toEqual(
    [...new Set([...reaching(ofServers, 'steward'), ...reaching(ofSentinels, 'steward')])].sort(),
  );
});

test('the guide shows what stands beside a backup', () => {
  const shown = blocksOf(GUIDE).find(({ language }) => language === 'json') as { text: string };
  const settings = readFileSync(join(REDIS, 'tasks/settings.ts'), 'utf8');
  const namesOf = (name: string): [string, boolean][] => {
    const [, body = ''] = new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(settings) ?? [];
    return [...body.matchAll(/readonly (\w+)(\??):/g)].map(([, key, optional]) => [key, optional === '?']);
  };
  const facts = JSON.parse(shown.text);
  expect(Object.keys(facts)).toEqual(namesOf('RedisBackupFacts').map(([name]) => name));
  const ofPart = namesOf('RedisBackupPart').filter(([, optional]) => !optional);
  expect(ofPart.length).toBeGreaterThan(7);
  expect(Object.keys(facts.parts[0])).toEqual(ofPart.map(([name]) => name));
});

test.each(partsOf(GUIDE))('the snippet at line %i runs, and nothing is wrong with it', (_, text) => {
  const { app, chart, deployment } = chartForParts('shop');
  const redis = new library.RedisReplication(chart, 'its-deployment', {
    name: 'redis',
    memory: Size.gibibytes(4),
    storage: Size.gibibytes(10),
    tls: {},
    users: { reports: { keys: ['orders:*'] } },
  });
  runPart(text, { app, chart, deployment, redis });
  expect(reportedProblems(app).map(({ code, message }) => `[${code}] ${message}`)).toEqual([]);
  expect(chart.toJson().length).toBeGreaterThan(20);
});
