import type { ObjectChange } from '../types';
import type { Cluster } from './cluster';
import { hasSteward } from './operations';
import { because, reasonsFor } from './reasons';
import { isSentinels, type Shard, sentinelsOf, shardsOf } from './redis-servers';
import { blockedRestarts, changedSets, notStarted, told } from './restarts';
import { count, does, named } from './words';

/**
 * Which servers and Sentinels restart for what changed in pod templates, in which order and why. Where that is blocked, other
 * rules have told what happens instead.
 */
export function redisRestarts(cluster: Cluster, blocked: boolean): void {
  const { sets, applied } = changedSets(cluster);
  if (blocked) {
    blockedRestarts(cluster, sets);
    return;
  }
  const ofSentinels = ({ after }: ObjectChange) => isSentinels(cluster.is, after?.metadata.name ?? '');
  for (const change of applied.filter(ofSentinels)) restartSentinels(cluster, change);
  const groups = new Map<string, ObjectChange[]>();
  for (const change of applied.filter((each) => !ofSentinels(each))) {
    const why = because(reasonsFor(cluster, change));
    groups.set(why, [...(groups.get(why) ?? []), change]);
  }
  for (const [why, changes] of groups) {
    const shards = changes.flatMap((change) => stayingOf(cluster, change));
    if (cluster.is.gate.topology === 'cluster') restartShards(cluster, changes[0], shards, why);
    else restartServers(cluster, changes[0], shards[0]?.pods.length ?? 0, why);
  }
}

/** A shard with the servers that are there before and after. */
interface Staying extends Shard {
  /** Whether it has no replica that could take the master's place meanwhile. */
  readonly alone: boolean;
}

function stayingOf({ was, is }: Cluster, { after }: ObjectChange): Staying[] {
  const setOf = (all: readonly Shard[]) => all.find(({ set }) => set === after?.metadata.name);
  const [old, now] = [setOf(shardsOf(was)), setOf(shardsOf(is))];
  if (!old || !now) return [];
  // The steward restarts servers after it has started others, and before it stops any.
  const servers = is.steward ? Math.max(old.pods.length, now.pods.length) : now.pods.length;
  return [{ ...now, pods: now.pods.filter((pod) => old.pods.includes(pod)), alone: servers < 2 }];
}

function restartSentinels(cluster: Cluster, change: ObjectChange): void {
  const { was, is, report } = cluster;
  const before = sentinelsOf(was);
  const who = count(sentinelsOf(is).filter((pod) => before.includes(pod)).length, 'Sentinel');
  const why = because(reasonsFor(cluster, change));
  if (is.steward && !hasSteward(cluster)) {
    report.tell(told(change, 'nothing', notStarted(who, why)));
    return;
  }
  const order = is.steward ? 'before any server' : 'by the StatefulSet';
  report.tell(told(change, 'rolling-restart', `${who} restart one at a time, ${order}: ${why}`));
}

function restartServers(cluster: Cluster, change: ObjectChange, servers: number, why: string): void {
  const { is, report } = cluster;
  const who = count(servers, 'server');
  if (is.steward && !hasSteward(cluster)) {
    report.tell(told(change, 'nothing', notStarted(who, why)));
  } else if (servers < 2) {
    const empty = is.gate.keepsData ? 'until it has read its data' : 'and it comes back without its keys';
    report.tell({
      ...told(change, 'outage', `the only server restarts, and nobody is served meanwhile, ${empty}: ${why}`),
      ...(!is.gate.keepsData && { needsYes: true }),
    });
  } else {
    const order = is.steward
      ? 'replicas first, the highest number first, the master last and after it has handed over'
      : 'by the StatefulSet, the highest number first; the master hands over when it ends';
    report.tell(told(change, 'rolling-restart', `${who} restart one at a time, ${order}: ${why}`));
  }
}

const namedAll = (shards: readonly Shard[]): string =>
  named(
    'shard',
    shards.map(({ index }) => index),
  );

function restartShards(
  cluster: Cluster,
  change: ObjectChange,
  shards: readonly Staying[],
  why: string,
): void {
  const { is, report } = cluster;
  const all = shards.reduce((sum, { pods }) => sum + pods.length, 0);
  const who = `${count(all, 'server')} of ${namedAll(shards)}`;
  if (is.steward && !hasSteward(cluster)) {
    report.tell(told(change, 'nothing', notStarted(who, why)));
    return;
  }
  const alone = shards.filter((shard) => shard.alone);
  if (alone.length > 0) {
    const they = `${namedAll(alone)} ${does(alone.length, 'has', 'have')} no replica, so that nobody reads or writes ${does(alone.length, 'its', 'their')} slots while ${does(alone.length, 'its server restarts', 'the one server of each restarts')}`;
    const keyless = is.steward
      ? '; the steward leaves it to a person, since it would come back without its keys'
      : '; it comes back without its keys';
    report.tell({
      ...told(change, 'outage', `${they}${is.gate.keepsData ? '' : keyless}: ${why}`),
      instead: 'give shards a replica a commit earlier',
      needsYes: true,
    });
    if (alone.length === shards.length) return;
  }
  const order = is.steward
    ? 'one at a time, the replicas of all shards first, then the masters, each after its replica has taken its place'
    : 'one of each shard at a time, by the StatefulSets, the highest number first; masters hand over when they end';
  report.tell(told(change, 'rolling-restart', `${who} restart ${order}: ${why}`));
}
