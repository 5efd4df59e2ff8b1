import { type Cluster, same, titled } from './cluster';
import { listeners } from './listeners';
import { deletedBy, RETAINING } from './retention';
import { settingChanges } from './settings-files';
import { brokersKeep, topics, warning } from './topics';
import { users } from './users';
import { list, show } from './words';

/** What only Kafka has; true where servers cannot be restarted into what was applied in the usual way. */
export function kafka(cluster: Cluster): boolean {
  cluster.report.settle(
    ...[
      'settings.clusterId',
      'gate.clusterId',
      'settings.metadata',
      'gate.zookeeper',
      'settings.transport',
      'gate.transport',
    ],
    ...[
      'settings.metadataVersion',
      'gate.metadataVersion',
      'settings.dynamicConfiguration',
      'settings.reassignment',
    ],
    ...['settings.wanted', 'settings.scram', 'settings.controllerSet'],
  );
  const blocked = [identity(cluster), metadataVersion(cluster)];
  dynamicConfiguration(cluster);
  fileRetention(cluster);
  reassignment(cluster);
  topics(cluster);
  users(cluster);
  listeners(cluster);
  return blocked.includes(true);
}

/** What makes it another cluster, or servers strangers to one another. */
function identity(cluster: Cluster): boolean {
  const { report, was, is, name } = cluster;
  const config = titled(cluster, 'ConfigMap', `${name}-config`);
  const at = (key: string) => ({
    object: config,
    field: `data[gate.json].${key}`,
    from: was.gate[key],
    to: is.gate[key],
    needsYes: true,
  });
  if (was.gate.zookeeper !== is.gate.zookeeper) {
    report.tell({
      ...at('zookeeper'),
      verdict: 'outage',
      what: `metadata is to be kept ${is.gate.zookeeper ? 'in ZooKeeper' : 'by controllers'}, which makes another cluster: servers refuse the disks that they have, and the first one that restarts does not come back`,
      instead: 'take the change of metadata back; a new cluster of another name can be filled by a mirror',
    });
    return true;
  }
  if (was.gate.clusterId !== is.gate.clusterId) {
    report.tell({
      ...at('clusterId'),
      verdict: 'outage',
      what: `the id of the cluster changes from ${was.gate.clusterId} to ${is.gate.clusterId}: every server that restarts refuses its own disk from then on`,
      instead: `say clusterId: '${was.gate.clusterId}', or take back what was changed of the environment's name`,
    });
    return true;
  }
  if (was.gate.transport !== is.gate.transport) {
    report.tell({
      ...at('transport'),
      verdict: 'outage',
      what: `servers are to talk to one another by ${is.gate.transport} instead of ${was.gate.transport}: those that do not agree cannot talk${is.steward ? ', and the steward asks in the new way alone and waits,' : ''} until all servers were stopped at once`,
      instead: `say internalSecurity: '${was.gate.transport}', and change only what clients use`,
    });
    return true;
  }
  return false;
}

/** What servers store, which goes up only; true where a release could not read it. */
function metadataVersion(cluster: Cluster): boolean {
  const [from, to] = [cluster.was, cluster.is].map(
    ({ settings }) => settings.metadataVersion as { name: string; level: number } | undefined,
  );
  if (!from || !to || from.level === to.level) return false;
  const about = {
    object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
    field: 'SETTINGS.metadataVersion',
    from: from.name,
    to: to.name,
    needsYes: true,
  };
  if (to.level > from.level) {
    cluster.report.tell({
      ...about,
      verdict: 'applied-live',
      what: `once every server runs the release, metadata.version is raised from ${from.name} to ${to.name}: from then on there is no way back`,
      instead: `to keep one for a while, hold metadataVersion back at ${from.name.replace(/-.*/, '')}, and leave it out in a later commit`,
    });
    return false;
  }
  const older = imageChanges(cluster);
  cluster.report.tell({
    ...about,
    verdict: older ? 'outage' : 'nothing',
    what: older
      ? `metadata.version ${from.name} is never lowered, and a release that knows no more than ${to.name} cannot read it: the first server that restarts does not come back, and the others wait for it`
      : `metadata.version ${from.name} is never lowered: it stays, although ${to.name} is declared`,
    instead: older
      ? 'stay with the release that runs'
      : `leave metadataVersion at ${from.name.replace(/-.*/, '')}`,
    needsYes: older || undefined,
  });
  return older;
}

function imageChanges({ changes }: Cluster): boolean {
  return changes.some(({ fields }) => fields.some(({ path }) => path.endsWith('.containers[kafka].image')));
}

/** Settings of all brokers that the steward sets while they run. */
function dynamicConfiguration(cluster: Cluster): void {
  const { report, was, is } = cluster;
  if (!was.steward || !is.steward) return;
  const changes = settingChanges(
    was.settings.dynamicConfiguration ?? {},
    is.settings.dynamicConfiguration ?? {},
  );
  const lost = retained(cluster);
  for (const { key, from, to } of changes) {
    if (lost && RETAINING.test(key)) continue;
    report.tell({
      verdict: 'applied-live',
      what: `${key} of all brokers ${from === undefined ? "Kafka's default" : show(from)} -> ${to === undefined ? "Kafka's default" : show(to)}, without a restart`,
      object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
      field: `SETTINGS.dynamicConfiguration[${key}]`,
      from,
      to,
      ...warning(key, to),
    });
  }
}

/** Less that is kept of all topics that say nothing themselves. */
function retained(cluster: Cluster): boolean {
  const lost = deletedBy(brokersKeep(cluster.was), brokersKeep(cluster.is));
  const dynamic = cluster.is.steward !== undefined;
  for (const what of lost) {
    cluster.report.tell({
      verdict: 'data-lost',
      what: `all topics that do not say themselves what is kept: ${what}`,
      instead: 'see that nobody needs these records any more, or give the topics that do their own retention',
      object: dynamic
        ? titled(cluster, 'Deployment', `${cluster.name}-steward`)
        : titled(cluster, 'ConfigMap', `${cluster.name}-config`),
      field: dynamic ? 'SETTINGS.dynamicConfiguration' : 'data[broker.properties]',
      needsYes: true,
    });
  }
  return lost.length > 0;
}

/** Without a steward the same settings stand in files, and with one that comes or goes they move. */
function fileRetention(cluster: Cluster): void {
  if (!cluster.was.steward || !cluster.is.steward) retained(cluster);
}

function reassignment(cluster: Cluster): void {
  const { report, was, is } = cluster;
  const [from, to] = [was.settings.reassignment, is.settings.reassignment];
  if (!from || !to || same(from, to)) return;
  const changes = settingChanges(texts(from), texts(to));
  report.tell({
    verdict: 'applied-live',
    what: `partitions are moved with ${list(changes.map(({ key, from: old, to: now }) => `${key} ${show(now)} instead of ${show(old)}`))}`,
    object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
    field: 'SETTINGS.reassignment',
    from,
    to,
  });
}

const texts = (settings: object): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
