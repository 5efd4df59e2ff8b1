import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as library from '../../lib';
import { Environment, type EtcdClusterProps } from '../../lib';
import { reportedProblems } from '../../lib/core/problem';
import { etcdAlerts } from '../../lib/etcd/etcd-alerts';
import { completeEtcd } from '../../lib/etcd/etcd-model';
import { PORTS } from '../../lib/etcd/etcd-names';
import { checkEtcd } from '../../lib/etcd/etcd-validate';
import { ETCD_LINES } from '../../lib/etcd/etcd-version';
import { decideStart } from '../../lib/etcd/gate/decide';
import { alarmSamples } from '../../lib/etcd/steward/alarm-metrics';
import { planMaintenance } from '../../lib/etcd/steward/maintenance-plan';
import { MADE_KEY } from '../../lib/etcd/steward/provision';
import { forceObjection, lastResort } from '../../lib/etcd/steward/recovery';
import { upgradeObstacle } from '../../lib/etcd/steward/upgrade';
import { Backups } from '../../lib/steward/backups';
import { STEWARD_PORT } from '../../lib/steward/settings';
import { everyProp, SILENT } from '../etcd/every-prop';
import { data, factsOf, serving } from '../etcd/gate/facts-of';
import { everything } from '../support/every-prop';
import {
  blockNamed,
  blocksOf,
  codeIn,
  exportedInterfaces,
  propTablesOf,
  readDocument,
  sourcesIn,
  tableBelow,
} from './documents';
import { renderedEtcd } from './etcd-cluster';
import { chartForParts, partsOf, runPart } from './parts';
import type { Manifest } from './rendered';
import { metricsIn } from './steward-guide';

const GUIDE = 'docs/etcd.md';
const guide = readDocument(GUIDE);
/** The guide without its line breaks, in which quotations are looked for. */
const prose = guide.replaceAll('`', '').replace(/\s+/g, ' ');

function quotes(text: string): void {
  expect(prose).toContain(text.replaceAll('`', ''));
}

// What the library gives rather than takes is told in words; rights stand in the table of whoever is granted access.
const WITHOUT = ['IEtcdCluster', 'EtcdConnection', 'EtcdRights'];

test('the guide has a table for every interface of props', () => {
  const names = exportedInterfaces('lib/etcd').filter((name) => !WITHOUT.includes(name));
  expect(names.length).toBeGreaterThan(12);
  expect(propTablesOf(GUIDE).sort()).toEqual(names.sort());
});

test('the guide counts and names what the ten lines become', () => {
  const objects = renderedEtcd().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const told = tableBelow(GUIDE, 'What is rendered').flatMap(([cell]) => codeIn(cell));
  expect(told.sort()).toEqual(objects.sort());
  expect(guide).toContain(`The ten lines become ${objects.length} objects`);
  expect(blockNamed(GUIDE, 'start.ts').text.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
});

test('the guide shows all of etcd.yaml', () => {
  const config = renderedEtcd().find(({ metadata }) => metadata.name === 'etcd-config') as Manifest;
  const shown = blocksOf(GUIDE).find(({ text }) => text.includes('etcd-config -n registry')) as {
    text: string;
  };
  expect(parse(shown.text)).toEqual(parse(config.data['etcd.yaml']));
});

/** A cluster's model in production, and what is wrong with it. */
function modelOf(props: Partial<EtcdClusterProps>) {
  const app = new App();
  Environment.attach(app, { name: 'prod', certificates: { issuer: { name: 'internal' } } });
  const environment = Environment.of(app);
  const given = { storage: { data: Size.gibibytes(100) }, tls: {}, ...props };
  const { model } = completeEtcd('etcd', 'registry', given, environment);
  return { model, problems: checkEtcd(model, environment).map(({ code }) => code) };
}

const sizeOf = (text: string): Size =>
  text.endsWith('Gi') ? Size.gibibytes(Number(text.slice(0, -2))) : Size.mebibytes(Number(text.slice(0, -2)));
const less = (size: Size): Size => Size.mebibytes(size.toMebibytes() - 1);

test('the guide says how memory and disk follow from the quota, and what is refused', () => {
  const rows = tableBelow(GUIDE, 'Sizing').map((cells) => cells.map(sizeOf));
  expect(rows.length).toBeGreaterThan(3);
  for (const [quota, memory, least, disk, besideLog] of rows) {
    expect(modelOf({ quota }).model.memory.toMebibytes()).toBe(memory.toMebibytes());
    expect(modelOf({ quota, memory: least }).problems).toEqual([]);
    expect(modelOf({ quota, memory: less(least) }).problems).toEqual(['etcd/memory']);
    const wal = Size.mebibytes(512);
    expect(modelOf({ quota, storage: { data: disk } }).problems).toEqual([]);
    expect(modelOf({ quota, storage: { data: less(disk) } }).problems).toEqual(['etcd/storage']);
    expect(modelOf({ quota, storage: { data: besideLog, wal } }).problems).toEqual([]);
    expect(modelOf({ quota, storage: { data: less(besideLog), wal } }).problems).toEqual(['etcd/storage']);
    expect(modelOf({ quota, storage: { data: disk, wal: less(wal) } }).problems).toEqual(['etcd/storage']);
  }
  expect(modelOf({ quota: Size.gibibytes(9) }).problems).toEqual(['etcd/quota']);
  expect(modelOf({ quota: Size.gibibytes(9), allowLargeQuota: true }).problems).toEqual([]);
});

test('the guide says how long a member may answer nothing', () => {
  const set = renderedEtcd().find(({ kind }) => kind === 'StatefulSet') as Manifest;
  const [{ livenessProbe: live, startupProbe: start, env }] = set.spec.template.spec.containers;
  expect(live.periodSeconds * live.failureThreshold).toBe(60 + 2 * 60);
  quotes('is restarted by the kubelet after a minute, and one minute more for each GiB of quota');
  expect(start.periodSeconds * start.failureThreshold).toBe(15 * 60);
  quotes('A start may take 15 minutes');
  expect(env).toContainEqual({ name: 'GOMEMLIMIT', value: `${Math.floor(3584 * 0.9)}MiB` });
});

test('the guide names the certificates, and that only members have the name that they demand', () => {
  const objects = renderedEtcd();
  const certificates = objects.filter(({ kind }) => kind === 'Certificate');
  const told = tableBelow(GUIDE, 'TLS').map(([cell]) => codeIn(cell)[0]);
  expect(told).toEqual(certificates.map(({ metadata }) => metadata.name));
  expect(certificates.filter(({ spec }) => spec.commonName)).toEqual([]);
  const config = objects.find(({ metadata }) => metadata.name === 'etcd-config') as Manifest;
  const [allowed] = parse(config.data['etcd.yaml'])['peer-transport-security']['allowed-hostname'];
  const [clients, peers] = certificates.map(({ spec }) => spec.dnsNames as string[]);
  expect(peers).toContain(allowed);
  expect(clients).not.toContain(allowed);
});

test('the guide knows the releases, and quotes who refuses a step', () => {
  const { V3_5_33, V3_6_14 } = library.EtcdVersion;
  const constants = [V3_5_33, V3_6_14];
  expect(tableBelow(GUIDE, 'Upgrades').map((cells) => cells.map((cell) => cell.replaceAll('`', '')))).toEqual(
    ETCD_LINES.map(({ minor, upgradesFrom }) => [
      minor,
      constants.find(({ version }) => version.startsWith(`${minor}.`))?.version ?? 'EtcdVersion.custom',
      `${upgradesFrom} or later`,
    ]),
  );
  const app = new App();
  Environment.attach(app, { name: 'prod' });
  const environment = Environment.of(app);
  const { model } = completeEtcd(
    'etcd',
    'registry',
    {
      storage: { data: Size.gibibytes(10) },
      upgradesFrom: V3_5_33,
      version: library.EtcdVersion.custom('3.7.0', 'etcd:3.7.0'),
    },
    environment,
  );
  const rendered = checkEtcd(model, environment).find(({ code }) => code === 'etcd/version');
  const steward = upgradeObstacle(['3.5.33'], '3.5.0', '3.7.0');
  const gate = decideStart(
    factsOf({ version: '3.7.0', disk: data(), peers: { 0: serving([], '3.5.0') } }),
  ) as { reason: string };
  quotes(rendered?.message ?? 'nothing');
  quotes(steward?.why ?? 'nothing');
  const [, said] = /^(release .*? 3\.5)/.exec(gate.reason) ?? [];
  quotes(said ?? 'nothing');
  expect(upgradeObstacle(['3.6.14'], '3.6.0', '3.5.33')?.todo).toContain('etcdctl downgrade enable 3.5');
  expect(upgradeObstacle(['3.6.14'], '3.6.0', '3.6.1')).toBeUndefined();
});

test('the guide says who restarts for a change, as the pod templates show it', () => {
  const rows = tableBelow(GUIDE, 'Rolling a change');
  const told = rows.flatMap(([cell, effect]) => codeIn(cell).map((word) => ({ word, effect })));
  const restarting = (word: string): boolean | undefined => {
    const [prop, of] = word.split('.').reverse();
    const name = { tls: 'EtcdTls', authentication: 'EtcdAuthentication' }[of] ?? 'EtcdClusterProps';
    return everyProp.find((one) => one.interface === name && one.prop === prop)?.restarts;
  };
  const all = everyProp.filter((one) => one.interface === 'EtcdClusterProps').map(({ prop }) => prop);
  const named = told.map(({ word }) => word).filter((word) => !word.includes('.') && word !== 'grantAccess');
  expect([...new Set(named)].sort()).toEqual([...all, ...SILENT].sort());
  const wrong = told.filter(
    ({ word, effect }) =>
      (effect.startsWith('members restart') && restarting(word) !== true) ||
      (/no restart|without a restart/.test(effect) && restarting(word) === true),
  );
  expect(wrong).toEqual([]);
  expect(told.filter(({ effect }) => effect.startsWith('members restart')).length).toBeGreaterThan(12);
});

test('the variables of a connection are those of the guide', () => {
  const app = new App();
  Environment.attach(app, everything);
  const chart = new Chart(app, 'registry', { namespace: 'registry' });
  const etcd = new library.EtcdCluster(chart, 'etcd', {
    storage: { data: Size.gibibytes(10) },
    tls: {},
    authentication: {},
  });
  const { env, files, urls } = etcd.grantAccess(new kplus.Deployment(chart, 'shop'), { read: ['/a/'] });
  const [table = ''] = /^\| Variable of[^\n]*\n(\|[^\n]*\n)+/m.exec(guide) ?? [];
  const told = codeIn(table).filter((word) => word.startsWith('ETCDCTL_'));
  expect(told.sort()).toEqual(Object.keys(env).sort());
  expect(guide).toContain(urls[0]);
  expect(files?.items.map(({ path }) => path)).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  expect(guide).toContain(`\`${MADE_KEY}\``);
});

test('the guide explains every metric of the steward that only etcd has', async () => {
  const backups = new Backups({ lastSuccess: async () => new Date(0) }, ['etcd-backup'], () => 0);
  await backups.look();
  const text = backups.samples('etcd') + alarmSamples('etcd', []);
  const families = metricsIn(text);
  const told = tableBelow(GUIDE, 'Metrics');
  expect(told.map(([name, type, labels]) => [codeIn(name)[0], type, codeIn(labels).join()])).toEqual(
    families.map(({ row }) => row),
  );
  for (const [index, { help }] of families.entries())
    expect(told[index][3]).toContain(help.replace(/\.$/, ''));
  expect(told[1][3]).toContain('`NOSPACE` and `CORRUPT`');
});

const watched = {
  name: 'etcd',
  namespace: 'registry',
  steward: true,
  members: [0, 1, 2],
  props: {
    backup: {
      schedule: Duration.hours(1),
      to: library.Storage.existingClaim('backups'),
      rehearsal: { schedule: '@weekly' },
    },
  },
};

test('the guide explains every alert, and which are there only sometimes', () => {
  const told = tableBelow(GUIDE, 'Alerts');
  const rowsOf = (model: typeof watched) => etcdAlerts(model).map(({ alert }) => alert);
  expect(told.map(([alert, duration, severity]) => [codeIn(alert)[0], duration, severity])).toEqual(
    etcdAlerts(watched).map((alert) => [alert.alert, alert.for, alert.severity]),
  );
  expect(told.every(([, , , meaning]) => meaning.length > 20)).toBe(true);
  const alone = rowsOf({ ...watched, members: [0] });
  const onlyMore = rowsOf(watched).filter((alert) => !alone.includes(alert));
  const saysSo = told.filter(([, , , meaning]) => meaning.includes('With three members or more.'));
  expect(saysSo.map(([alert]) => codeIn(alert)[0])).toEqual(onlyMore);
});

test('the guide names every port, and who may reach it', () => {
  const told = tableBelow(GUIDE, 'Network');
  const ports = told.map(([port]) => Number(port));
  expect([...ports].sort()).toEqual([...Object.values(PORTS), STEWARD_PORT].sort());
  const policy = renderedEtcd().find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'etcd',
  ) as Manifest;
  const [fromMembers] = policy.spec.ingress;
  const amongMembers = fromMembers.ports.map(({ port }: { port: number }) => port);
  const saidOfMembers = told.filter(([, , who]) => who.startsWith('members')).map(([port]) => Number(port));
  expect(saidOfMembers).toEqual(amongMembers);
});

test('the guide quotes what the steward says of a lost majority', () => {
  const left = { id: 1, name: 'etcd-1', clusterId: 0xcdf818194e3a8c32n, term: 3n, index: 5210n };
  quotes(lastResort([left], 3) ?? 'nothing');
  quotes(forceObjection({ member: 1 }, (id) => `etcd-${id}`, 1)?.why ?? 'nothing');
});

test('the guide quotes what the steward says where no space can be made', () => {
  const gib = 1024 ** 3;
  const status = {
    revision: 9n,
    dbSize: 2 * gib,
    dbSizeInUse: 2 * gib,
    raftAppliedIndex: 9n,
    learner: false,
  };
  const { trouble } = planMaintenance({
    members: [{ id: 0, name: 'etcd-0', memberId: 1n, status: status as never }],
    leader: 0,
    alarms: [{ memberId: 1n, alarm: 'NOSPACE' }],
    quota: 2 * gib,
    memory: { compacted: { revision: 9n, at: 0 }, defragmented: new Map([[0, 1]]), due: new Set() },
    now: 120_000,
  });
  quotes(trouble?.todo ?? 'nothing');
});

test('the guide shows what stands beside a backup', () => {
  const shown = blocksOf(GUIDE).find(({ language }) => language === 'json') as { text: string };
  const settings = readDocument('lib/etcd/tasks/settings.ts');
  const [, body = ''] = /interface EtcdBackupFacts \{([\s\S]*?)\n\}/.exec(settings) ?? [];
  const names = [...body.matchAll(/readonly (\w+):/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(Object.keys(JSON.parse(shown.text))).toEqual(names);
});

test('the guide quotes what etcd and its steward say of users', () => {
  const sources = sourcesIn('lib/etcd/steward', 'lib/etcd/tasks');
  expect(sources).toContain('authentication failed');
  expect(sources).toContain(
    'authentication is on, and the password of root in its Secret is not the one that etcd has',
  );
  quotes('authentication is on, and the password of root in its Secret is not the one that etcd has');
});

test('what users of etcd-operator are told to use instead exists', () => {
  const props = new Set(
    [...guide.matchAll(/<!-- props: \w+ -->([\s\S]*?)<!-- end props -->/g)].flatMap(([, table]) =>
      [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name),
    ),
  );
  const rows = tableBelow(GUIDE, 'For users of etcd-operator');
  expect(rows.length).toBeGreaterThan(15);
  const paths = rows
    .flatMap(([, here]) => codeIn(here))
    .filter(
      (word) =>
        /^(backup|restore|tls|storage)\.(?!crt|key)[\w.]+$/.test(word) ||
        /^(members|version|image|memory|cpu|placement|podOverrides|configuration|quota|compaction)$/.test(
          word,
        ),
    );
  expect(paths.length).toBeGreaterThan(15);
  expect(paths.flatMap((path) => path.split('.')).filter((name) => !props.has(name))).toEqual([]);
});

test.each(partsOf(GUIDE))('the snippet at line %i runs, and nothing is wrong with it', (_, text) => {
  const { app, chart, deployment } = chartForParts('registry');
  const etcd = new library.EtcdCluster(chart, 'its-cluster', {
    name: 'etcd',
    storage: { data: Size.gibibytes(10) },
    tls: {},
    authentication: {},
  });
  runPart(text, { app, chart, deployment, etcd });
  expect(reportedProblems(app).map(({ code, message }) => `[${code}] ${message}`)).toEqual([]);
  expect(chart.toJson().length).toBeGreaterThan(20);
});
