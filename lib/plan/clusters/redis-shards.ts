import { LABEL_PREFIX } from '../../core/names';
import type { Effect } from '../types';
import { type Cluster, compared, inSteward, titled } from './cluster';
import { hasSteward } from './operations';
import { type Shard, shardsOf } from './redis-servers';
import { entry, objectOf } from './report';
import { does, named } from './words';

/** Shards of a Redis Cluster that come, are to be emptied, or are dropped. */
export function redisShards(cluster: Cluster): void {
  const { was, is, report } = cluster;
  if (is.gate.topology !== 'cluster') return;
  const { came, went, stayed } = compared(shardsOf(was), shardsOf(is), ({ index }) => index);
  takeObjects(cluster, [...came, ...went]);
  if (came.length > 0) report.tell(comes(cluster, came, shardsOf(was)));
  const left = went.filter(({ leaving }) => leaving);
  const dropped = went.filter(({ leaving }) => !leaving);
  if (left.length > 0) report.tell(goes(cluster, left));
  if (dropped.length > 0) report.tell(drops(cluster, dropped));
  const leaving = stayed.flatMap(([before, after]) => (!before.leaving && after.leaving ? [after] : []));
  if (leaving.length > 0) report.tell(leaves(cluster, leaving));
  const back = stayed.flatMap(([before, after]) => (before.leaving && !after.leaving ? [after] : []));
  if (leaving.length + back.length > 0) report.settle('members-change');
  if (back.length === 0) return;
  report.tell({
    ...inSteward(cluster, `shards[${back[0].index}].leaving`),
    verdict: 'applied-live',
    what: `${namedAll(back)} ${does(back.length, 'stays', 'stay')} after all: ${does(back.length, 'it has', 'they have')} servers, and slots are moved there again`,
  });
}

const namedAll = (shards: readonly Shard[]): string =>
  named(
    'shard',
    shards.map(({ index }) => index),
  );

const setOf = (cluster: Cluster, [first]: readonly Shard[]): Pick<Effect, 'object'> => ({
  object: titled(cluster, 'StatefulSet', first.set),
});

/** What belongs to a shard that comes or goes is told with it. */
function takeObjects({ report, changes, name }: Cluster, shards: readonly Shard[]): void {
  if (shards.length === 0) return;
  report.settle('members-change');
  report.take(report.change('ConfigMap', `${name}-config`), entry('data', 'gate.json'));
  for (const change of changes) {
    const { kind, metadata } = objectOf(change);
    const index = metadata.labels?.[`${LABEL_PREFIX}/shard`];
    const whole = !change.before || !change.after;
    if (kind === 'PersistentVolumeClaim' || !whole || index === undefined) continue;
    if (shards.some((shard) => shard.index === Number(index))) report.take(change);
  }
}

function comes(cluster: Cluster, came: readonly Shard[], old: readonly Shard[]): Effect {
  const { is } = cluster;
  const where = setOf(cluster, came);
  const many = came.length;
  const who = `${namedAll(came)} ${does(many, 'comes', 'come')} with servers and volumes of ${does(many, 'its', 'their')} own`;
  if (!is.steward) {
    return {
      ...where,
      verdict: 'applied-live',
      what: `${who}, and nobody brings ${does(many, 'it', 'them')} into the cluster or moves slots there, since there is no steward`,
      instead: 'do it by hand (redis-cli --cluster add-node, reshard): docs/steward.md#redis-by-hand',
      needsYes: true,
    };
  }
  if (!hasSteward(cluster))
    return { ...where, verdict: 'nothing', what: `${who} once the steward is started again` };
  const highest = Math.max(-1, ...old.map(({ index }) => index));
  const again = came.filter(({ index }) => index < highest);
  const reused =
    again.length > 0
      ? `. Where ${namedAll(again)} existed before, claims may still be there, with what they held then`
      : '';
  return {
    ...where,
    verdict: 'applied-live',
    what: `${who}; then slots are moved to ${does(many, 'it', 'them')} until all shards have as many, ${is.settings.slotsAtATime} at a time, while the cluster serves; nobody restarts for that${reused}`,
  };
}

function leaves(cluster: Cluster, leaving: readonly Shard[]): Effect {
  const many = leaving.length;
  const waits = hasSteward(cluster) ? '' : ', once the steward is started again';
  return {
    ...inSteward(cluster, `shards[${leaving[0].index}].leaving`),
    verdict: hasSteward(cluster) ? 'applied-live' : 'nothing',
    what: `the slots of ${namedAll(leaving)} are moved to the shards that stay, ${cluster.is.settings.slotsAtATime} at a time${waits}; then ${does(many, 'its', 'their')} servers are forgotten and stopped, and ${does(many, 'it', 'they')} may be dropped from the list`,
    from: false,
    to: true,
  };
}

/** It was to be emptied, which the manifests cannot prove. */
function goes(cluster: Cluster, went: readonly Shard[]): Effect {
  const { name, namespace } = cluster;
  const many = went.length;
  return {
    ...setOf(cluster, went),
    verdict: 'applied-live',
    what: `${namedAll(went)}, which ${does(many, 'was', 'were')} leaving, ${does(many, 'is', 'are')} dropped from the list; claims stay`,
    instead: `see first that the status says that ${does(many, 'it has', 'they have')} left: kubectl get configmap ${name}-status${namespace ? ` -n ${namespace}` : ''} -o yaml`,
    needsYes: true,
  };
}

function drops(cluster: Cluster, dropped: readonly Shard[]): Effect {
  const many = dropped.length;
  const how = cluster.is.steward
    ? ` as leaving (shards.leaving), and drop ${does(many, 'it', 'them')} when the status says that ${does(many, 'it has', 'they have')} left`
    : `, move slots away by redis-cli --cluster reshard, and drop ${does(many, 'it', 'them')} then`;
  const kept = cluster.was.gate.keepsData
    ? `; ${does(many, 'its claims stay', 'their claims stay')}`
    : ', which no volume keeps';
  return {
    ...setOf(cluster, dropped),
    verdict: 'data-lost',
    what: `${namedAll(dropped)} ${does(many, 'is', 'are')} dropped without having left: the keys of ${does(many, 'its', 'their')} slots are gone with ${does(many, 'it', 'them')}${kept}`,
    instead: `keep ${does(many, 'it', 'them')} in the list${how}: docs/redis.md#more-or-fewer-shards`,
    needsYes: true,
  };
}
