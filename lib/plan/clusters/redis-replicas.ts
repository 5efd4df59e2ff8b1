import type { Effect } from '../types';
import { type Cluster, compared, inSteward, titled } from './cluster';
import { hasSteward } from './operations';
import { type Shard, shardsOf } from './redis-servers';
import { entry, under } from './report';
import { count, does, few, list } from './words';

/** Replicas that come or go in shards that stay. */
export function redisReplicas(cluster: Cluster): void {
  const { was, is, name, report } = cluster;
  const { stayed } = compared(shardsOf(was), shardsOf(is), ({ index }) => index);
  const changed = stayed.filter(([before, after]) => before.pods.length !== after.pods.length);
  if (changed.length === 0) return;
  report.settle('members-change');
  report.take(report.change('ConfigMap', `${name}-config`), entry('data', 'gate.json'));
  for (const [, { set }] of changed) {
    report.take(report.change('StatefulSet', set), under('spec.replicas'));
    // It follows from the number of servers.
    report.take(report.change('PodDisruptionBudget', set));
  }
  const less = changed.filter(([before, after]) => before.pods.length > after.pods.length);
  const more = changed.filter(([before, after]) => before.pods.length < after.pods.length);
  if (more.length > 0) report.tell({ ...about(cluster, more[0]), ...comes(cluster, more) });
  if (less.length > 0) report.tell({ ...about(cluster, less[0]), ...goes(cluster, less) });
}

type Change = readonly [before: Shard, after: Shard];
type Told = Omit<Effect, 'object' | 'field' | 'from' | 'to'>;

function about(cluster: Cluster, [before, after]: Change): Omit<Effect, 'verdict' | 'what'> {
  const sizes = { from: before.pods.length, to: after.pods.length };
  return cluster.is.steward
    ? { ...inSteward(cluster, `shards[${after.index}].servers`), ...sizes }
    : { object: titled(cluster, 'StatefulSet', after.set), field: 'spec.replicas', ...sizes };
}

const only = (pods: readonly string[], others: readonly string[]): string[] =>
  pods.filter((pod) => !others.includes(pod));

function named(pods: readonly string[]): string {
  return `server${pods.length === 1 ? '' : 's'} ${pods.length > 4 ? few(pods, 4) : list(pods)}`;
}

function comes(cluster: Cluster, changes: readonly Change[]): Told {
  const pods = changes.flatMap(([before, after]) => only(after.pods, before.pods));
  const who = `${named(pods)} ${does(pods.length, 'comes', 'come')}`;
  if (cluster.is.steward && !hasSteward(cluster))
    return { verdict: 'nothing', what: `${who} once the steward is started again` };
  const each = does(pods.length, 'it gets a pod', 'each gets a pod');
  if (!cluster.is.steward && cluster.is.gate.topology === 'cluster') {
    return {
      verdict: 'applied-live',
      what: `${who}, and nobody brings ${does(pods.length, 'it', 'them')} into the cluster, since there is no steward`,
      instead: 'add each by hand (redis-cli --cluster add-node): docs/steward.md#redis-by-hand',
      needsYes: true,
    };
  }
  return {
    verdict: 'applied-live',
    what: `${who}: ${each}, copies the data from its master as a replica, and counts once it is in step; nobody restarts for that`,
  };
}

function goes(cluster: Cluster, changes: readonly Change[]): Told {
  const pods = changes.flatMap(([before, after]) => only(before.pods, after.pods));
  const alone = changes.some(([, after]) => after.pods.length === 1);
  const left = alone
    ? `. With ${count(1, 'server')} left${cluster.is.gate.topology === 'cluster' ? ' in a shard' : ''}, nobody takes its place when it ends`
    : '';
  if (cluster.is.steward && !hasSteward(cluster)) {
    const what = `${named(pods)} ${does(pods.length, 'goes', 'go')} once the steward is started again`;
    return { verdict: 'nothing', what };
  }
  if (!cluster.is.steward) {
    return {
      verdict: 'outage',
      what: `${named(pods)} ${does(pods.length, 'ends', 'end')}, the master among them as any other, and nobody has the others forget ${does(pods.length, 'it', 'them')}, since there is no steward${left}`,
      instead:
        'make a server that stays the master first, and have the others forget it afterwards: docs/steward.md#redis-by-hand',
      needsYes: true,
    };
  }
  return {
    verdict: 'applied-live',
    what: `${named(pods)} ${does(pods.length, 'leaves', 'leave')}: a master among them hands over first, then the pods end, and the others forget them; claims stay${left}`,
    ...(alone && { instead: 'keep a replica', needsYes: true }),
  };
}
