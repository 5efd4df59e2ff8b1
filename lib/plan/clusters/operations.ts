import { RENDERED, stewardName } from '../../steward/settings';
import { type Cluster, titled, votersOf } from './cluster';
import { wordFor } from './presence';
import { isSentinels } from './redis-servers';
import { entry, under } from './report';
import { does } from './words';

/** By which Argo CD keeps the order of brokers where nobody else does. */
const WAVE = 'argocd.argoproj.io/sync-wave';
const GUIDE = 'docs/steward.md#turning-it-on-for-a-running-ensemble';

/** A steward that comes, goes or is stopped, and what that does to the number of pods. */
export function operations(cluster: Cluster): void {
  const { name, was, is, report } = cluster;
  for (const set of is.sets.keys()) {
    const change = report.change('StatefulSet', set);
    // Bookkeeping between the StatefulSet and the steward, which tells nothing by itself.
    report.take(change, entry('metadata.annotations', RENDERED));
    if ((was.steward === undefined) === (is.steward === undefined)) continue;
    report.take(change, entry('metadata.annotations', WAVE));
    const whole = change?.fields.find(({ path }) => path === 'metadata.annotations');
    const keys = Object.keys((whole?.to ?? whole?.from ?? {}) as object);
    if (keys.every((key) => key === RENDERED || key === WAVE)) {
      report.take(change, (path) => path === 'metadata.annotations');
    }
  }
  if (!was.steward && is.steward) turnedOn(cluster);
  if (was.steward && !is.steward) turnedOff(cluster);
  if (was.steward && is.steward) stopped(cluster);
  // What it is told is told of by other rules, one setting at a time.
  report.take(report.change('Role', stewardName(name)));
}

const isStopped = ({ is }: Cluster): boolean => is.steward?.spec?.replicas === 0;

/** Whether somebody restarts members, and brings the membership where it should be. */
export const hasSteward = (cluster: Cluster): boolean =>
  cluster.is.steward !== undefined && !isStopped(cluster);

function takeStrategy({ is, report }: Cluster): void {
  for (const set of is.sets.keys()) {
    const change = report.change('StatefulSet', set);
    report.take(change, under('spec.updateStrategy'), under('spec.replicas'));
  }
}

function takeSteward({ name, report }: Cluster): void {
  const kinds = ['Deployment', 'Role', 'RoleBinding', 'ServiceAccount', 'NetworkPolicy', 'PodMonitor'];
  for (const kind of kinds) report.take(report.change(kind, stewardName(name)));
  for (const program of [`${name}-steward-program`, `${name}-program`]) {
    const change = report.change('ConfigMap', program);
    if (change && (!change.before || !change.after)) report.take(change);
  }
}

function turnedOn(cluster: Cluster): void {
  const { name, system, report } = cluster;
  takeStrategy(cluster);
  takeSteward(cluster);
  report.tell({
    verdict: 'applied-live',
    what: `a steward looks after the ${wordFor(system)} from now on: it restarts servers, and brings members where the manifests want them`,
    object: titled(cluster, 'Deployment', stewardName(name)),
  });
  for (const { set, what, replicas } of leftOut(cluster)) {
    report.tell({
      verdict: 'outage',
      what:
        `replicas: ${replicas} is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one ` +
        `${what} end, until the steward puts the number back, some seconds to a minute later; ${cluster.system === 'redis' ? 'disks keep what they have' : 'no data is lost'}`,
      instead: `hand the field over before this is applied: ${GUIDE}`,
      object: titled(cluster, 'StatefulSet', set),
      field: 'spec.replicas',
      from: replicas,
      needsYes: true,
    });
  }
}

/** StatefulSets of several pods whose number nobody says any more. */
function leftOut(cluster: Cluster): { set: string; what: string; replicas: number }[] {
  const { system, was, is } = cluster;
  const voters = votersOf(cluster);
  const redis = [...was.sets.keys()].map((set) => ({
    set,
    what: isSentinels(was, set) ? 'Sentinel' : `server of ${set}`,
  }));
  const sets = system === 'redis' ? redis : voters ? [voters] : [];
  return sets.flatMap(({ set, what }) => {
    const replicas = was.sets.get(set)?.spec?.replicas as number | undefined;
    const left = is.sets.get(set)?.spec?.replicas === undefined;
    return replicas !== undefined && replicas > 1 && left ? [{ set, what, replicas }] : [];
  });
}

/** A Service of the master is there as long as somebody has it follow the master. */
const followsMaster = ({ system, was }: Cluster): boolean =>
  system === 'redis' && was.gate.topology === 'replication';

function withoutSteward(cluster: Cluster): string {
  const { system, was } = cluster;
  if (system !== 'redis') return WITHOUT[system] ?? WITHOUT.members;
  const also =
    was.gate.topology === 'cluster'
      ? 'moves slots, brings in servers with an empty disk, makes users or changes settings'
      : 'makes users or changes settings';
  return `${followsMaster(cluster) ? 'the Service of the master goes, ' : ''}the StatefulSets restart servers, the highest number first, and nobody ${also}`;
}

const WITHOUT: Readonly<Record<string, string>> = {
  members:
    'the StatefulSet restarts members, the highest id first and whoever leads, and nobody changes the membership or makes what consumers asked for',
  kafka:
    'Kubernetes restarts all brokers of a change at the same moment, and nobody moves partitions, changes the quorum, or makes topics and users',
};

function turnedOff(cluster: Cluster): void {
  const { name, system, report } = cluster;
  takeStrategy(cluster);
  takeSteward(cluster);
  report.tell({
    verdict: followsMaster(cluster) ? 'outage' : 'applied-live',
    what: `nobody looks after the ${wordFor(system)} any more: ${withoutSteward(cluster)}`,
    instead: `see docs/steward.md#${system === 'redis' ? 'redis-by-hand' : 'without-it'} for what is then to be done by hand`,
    object: titled(cluster, 'Deployment', stewardName(name)),
    needsYes: true,
  });
}

function stopped(cluster: Cluster): void {
  const { name, was, is, report } = cluster;
  const [from, to] = [was, is].map(({ steward }) => (steward?.spec?.replicas as number | undefined) ?? 1);
  if (from === to) return;
  report.take(report.change('Deployment', stewardName(name)), under('spec.replicas'));
  report.tell({
    verdict: 'applied-live',
    what:
      to === 0
        ? 'the steward stops: members go on as they are, and nothing that is applied takes effect on them until it is started again'
        : `the steward ${does(from, 'goes on', 'starts')}, and carries out what was applied meanwhile`,
    object: titled(cluster, 'Deployment', stewardName(name)),
    field: 'spec.replicas',
    from,
    to,
    needsYes: to === 0,
  });
}
