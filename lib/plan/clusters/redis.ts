import { type Cluster, inGate, inSteward } from './cluster';
import { redisLive } from './redis-live';
import { redisReplicas } from './redis-replicas';
import { redisSentinels } from './redis-sentinels';
import { SHAPES } from './redis-servers';
import { redisShards } from './redis-shards';
import { redisTls } from './redis-tls';
import { redisUsers } from './redis-users';
import { redisVersion } from './redis-version';
import { list, show } from './words';

/** What only Redis has; true where servers cannot be restarted into what was applied in the usual way. */
export function redis(cluster: Cluster): boolean {
  cluster.report.settle(
    ...['settings.topology', 'gate.topology', 'settings.shards', 'settings.sentinel', 'gate.sentinel'],
    ...[
      'settings.tls',
      'gate.tls',
      'settings.live',
      'settings.users',
      'settings.keepsData',
      'gate.keepsData',
    ],
    ...['settings.nodeTimeout', 'gate.nodeTimeout', 'settings.slotsAtATime', 'settings.restores'],
    ...['gate.restore', 'gate.operations'],
  );
  const blocked = redisTls(cluster);
  redisVersion(cluster);
  redisShards(cluster);
  redisReplicas(cluster);
  redisSentinels(cluster);
  redisLive(cluster);
  redisUsers(cluster);
  restore(cluster);
  slotsAtATime(cluster);
  founders(cluster);
  return blocked;
}

/** A deployment of another topology under the same name; true where that is all there is to say. */
export function anotherShape(cluster: Cluster): boolean {
  const { was, is, name, report } = cluster;
  const [from, to] = [was.gate.topology, is.gate.topology] as string[];
  if (cluster.system !== 'redis' || from === to) return false;
  report.tell({
    ...inGate(cluster, 'topology'),
    verdict: 'data-lost',
    what: `${SHAPES[from]} is to become ${SHAPES[to]} under the same name, which nothing does by itself: servers of the new shape do not take over what there is, and leave it behind`,
    instead: `give the new one another name, copy the data into it, move clients, and then let ${name} go`,
    needsYes: true,
  });
  for (const change of cluster.changes) report.take(change);
  return true;
}

function restore(cluster: Cluster): void {
  const about = inGate(cluster, 'restore');
  if (about.from === about.to) return;
  cluster.report.tell({
    ...about,
    verdict: 'nothing',
    what: about.to
      ? `the backup ${show(about.to)} is not restored: the deployment exists, and nothing is ever restored over data`
      : `the backup ${show(about.from)} is not named any more; what was restored stays`,
    ...(about.to && {
      instead:
        'give restore to a deployment of another name, or delete the StatefulSets and their claims before: docs/redis.md#restore',
      needsYes: true,
    }),
  });
}

function slotsAtATime(cluster: Cluster): void {
  const [from, to] = [cluster.was, cluster.is].map(({ settings }) => settings.slotsAtATime);
  if (!cluster.was.steward || !cluster.is.steward || from === to) return;
  cluster.report.tell({
    ...inSteward(cluster, 'slotsAtATime'),
    verdict: 'applied-live',
    what: `${to} slots are moved at a time instead of ${from}`,
    from,
    to,
  });
}

/** They matter until it is marked as formed, and follow from the servers unless they are given. */
function founders(cluster: Cluster): void {
  const about = inGate(cluster, 'founders');
  const [from, to] = [about.from, about.to] as (readonly string[] | undefined)[];
  if (!from || !to || String(from) === String(to) || cluster.report.isSettled('members-change')) return;
  cluster.report.tell({
    ...about,
    verdict: 'nothing',
    what: `founders ${list(from)} become ${list(to)}, which matters only before the deployment is marked as formed`,
  });
}
