import { LABEL_PREFIX } from '../../core/names';
import type { Manifest, Rendering } from '../types';
import { type Cluster, titled, votersOf } from './cluster';
import { serversOf } from './redis-servers';
import type { Side } from './side';
import { clusterName, count, few, list } from './words';

const HOLDERS = { zookeeper: 'ensemble', etcd: 'cluster', kafka: 'cluster', redis: 'deployment' } as const;

/** What a cluster of this system is called. */
export const wordFor = (system: string): string => HOLDERS[system as keyof typeof HOLDERS] ?? 'cluster';

/** A cluster that comes or goes as a whole; true where that is all there is to say. */
export function presence(cluster: Cluster): boolean {
  const { was, is } = cluster;
  if (was.sets.size > 0 && is.sets.size > 0) return false;
  if (is.sets.size > 0) comes(cluster);
  else goes(cluster);
  for (const change of cluster.changes) cluster.report.take(change);
  return true;
}

function comes(cluster: Cluster): void {
  const { system, name, is, report } = cluster;
  const backup = is.gate.restore === undefined ? '' : ` from the backup ${is.gate.restore}`;
  const [set] = is.sets.keys();
  const topics: { name: string; delete?: boolean }[] = is.settings.wanted?.topics ?? [];
  const made = topics.filter((topic) => !topic.delete).map((topic) => topic.name);
  const inside = made.length > 0 ? `, with the topics ${few(made)}` : '';
  report.tell({
    verdict: 'applied-live',
    what:
      `${clusterName(system, name)} is formed by ${membersOf(cluster)}${backup}${inside}; where claims of an earlier ${wordFor(system)} ` +
      'of this name are left, it goes on from their data',
    object: titled(cluster, 'StatefulSet', set),
  });
}

function membersOf(cluster: Cluster): string {
  const { gate } = cluster.is;
  if (cluster.system === 'redis') return serversOf(cluster.is);
  const all = votersOf(cluster)?.after ?? [];
  const voters = all.filter(({ votes }) => votes).length;
  const observers = all.length - voters;
  const brokers = (gate.brokers ?? []).length;
  const what = cluster.system === 'kafka' ? 'controller' : observers > 0 ? 'voter' : 'member';
  return list([
    ...(voters > 0 ? [count(voters, what)] : []),
    ...(observers > 0 ? [count(observers, 'observer')] : []),
    ...(brokers > 0 ? [count(brokers, 'broker')] : []),
  ]);
}

function goes(cluster: Cluster): void {
  const { system, name, was, report } = cluster;
  const [set] = was.sets.keys();
  const object = titled(cluster, 'StatefulSet', set);
  const all = `all pods of ${clusterName(system, name)} end`;
  const next = successor(cluster);
  if (next) {
    report.tell({
      verdict: 'data-lost',
      what: `${all}, and ${clusterName(system, next)} begins empty: ${wordFor(system) === 'ensemble' ? 'an' : 'a'} ${wordFor(system)} cannot be renamed, nor moved to another namespace; ${claimsLeft(was)}`,
      instead: `keep the name and the namespace, or copy the data into ${next} before ${name} goes`,
      object,
      needsYes: true,
    });
    return;
  }
  const lost =
    (claimsOf(was).length === 0 && keepsNothing(was)) || (system === 'redis' && !was.gate.keepsData);
  report.tell({
    verdict: lost || deletesClaims(was) ? 'data-lost' : 'outage',
    what: lost
      ? `${all}, and their data with them: it is kept in no volume that outlives a pod`
      : deletesClaims(was)
        ? `${all}, and their claims with them: persistentVolumeClaimRetentionPolicy.whenDeleted is Delete`
        : `${all}; ${claimsLeft(was)}, and so do generated Secrets and the mark that it was formed`,
    instead: 'make sure that nobody uses it any more, and back it up if its data is to be kept',
    object,
    needsYes: true,
  });
}

const templatesOf = (set: Manifest): { metadata: { name: string } }[] => set.spec?.volumeClaimTemplates ?? [];

function claimsOf({ sets }: Side): string[] {
  return [...sets.values()].flatMap((set) =>
    templatesOf(set).map(({ metadata }) => `${metadata.name}-${set.metadata.name}-…`),
  );
}

function claimsLeft(side: Side): string {
  const claims = claimsOf(side);
  return claims.length > 0 ? `the claims ${few(claims, 3)} stay` : 'volumes that it shares stay';
}

function keepsNothing({ sets }: Side): boolean {
  return [...sets.values()].some((set) =>
    (set.spec?.template?.spec?.volumes ?? []).some(
      ({ name, emptyDir }: { name: string; emptyDir?: object }) =>
        emptyDir && /^(data|datalog|wal)/.test(name),
    ),
  );
}

const deletesClaims = ({ sets }: Side): boolean =>
  [...sets.values()].some((set) => set.spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete');

/** A cluster of the same system that comes while this one goes. */
function successor({ system, name, namespace, before, after }: Cluster): string | undefined {
  const old = clustersIn(before, system);
  const found = [...clustersIn(after, system)].find(
    ([key, { label }]) => !old.has(key) && (label === name || key.startsWith(`${namespace}/`)),
  );
  if (!found) return undefined;
  const [, { label, space }] = found;
  return space === namespace ? label : `${space}/${label}`;
}

function clustersIn({ objects }: Rendering, system: string): Map<string, { label: string; space?: string }> {
  return new Map(
    objects
      .map(({ manifest }) => manifest)
      .filter(
        ({ kind, metadata }) =>
          kind === 'StatefulSet' && metadata.labels?.['app.kubernetes.io/name'] === system,
      )
      .flatMap(({ metadata }) => {
        const label = metadata.labels?.[`${LABEL_PREFIX}/cluster`];
        if (label === undefined) return [];
        return [[`${metadata.namespace}/${label}`, { label, space: metadata.namespace }] as const];
      }),
  );
}
