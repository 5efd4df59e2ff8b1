import { type Cluster, inGate, inSteward, titled } from './cluster';
import { hasSteward } from './operations';
import { sentinelsOf } from './redis-servers';
import { entry, under } from './report';
import type { Side } from './side';
import { does, duration, named } from './words';

/** Sentinels: how many there are, and what decides on a failover. */
export function redisSentinels(cluster: Cluster): void {
  if (!cluster.was.gate.sentinel || !cluster.is.gate.sentinel) return;
  number(cluster);
  thresholds(cluster);
}

function number(cluster: Cluster): void {
  const { was, is, name, report } = cluster;
  const [old, now] = [sentinelsOf(was), sentinelsOf(is)];
  const came = now.filter((pod) => !old.includes(pod));
  const went = old.filter((pod) => !now.includes(pod));
  if (came.length + went.length === 0) return;
  const set = `${name}-sentinel`;
  report.take(report.change('StatefulSet', set), under('spec.replicas'));
  report.take(report.change('PodDisruptionBudget', set));
  report.take(report.change('ConfigMap', `${name}-config`), entry('data', 'gate.json'));
  const about = {
    ...(is.steward
      ? inSteward(cluster, 'sentinel.count')
      : { object: titled(cluster, 'StatefulSet', set), field: 'spec.replicas' }),
    from: old.length,
    to: now.length,
  };
  if (came.length > 0) {
    report.tell({
      ...about,
      verdict: 'applied-live',
      what: `${named('Sentinel', came)} ${does(came.length, 'comes', 'come')} and ${does(came.length, 'learns', 'learn')} of the others by ${does(came.length, 'itself', 'themselves')}: a majority is one of ${now.length} then; nobody restarts for that`,
    });
    return;
  }
  const gone = `${named('Sentinel', went)} ${does(went.length, 'ends', 'end')}`;
  report.tell({
    ...about,
    verdict: 'applied-live',
    what: is.steward
      ? `${gone}, and the others are told to forget ${does(went.length, 'it', 'them')}, one after the other; claims stay`
      : `${gone}, and the others go on counting ${does(went.length, 'it', 'them')}, since there is no steward`,
    ...(!is.steward && {
      instead: 'have them forget it by hand, one after the other: docs/steward.md#redis-by-hand',
      needsYes: true,
    }),
  });
}

/** What Sentinels are told, in the words of their own settings. */
const SETTINGS: Readonly<Record<string, string>> = {
  quorum: 'quorum',
  downAfter: 'down-after-milliseconds',
  failoverTimeout: 'failover-timeout',
};

function thresholds(cluster: Cluster): void {
  const { was, is, report } = cluster;
  const given = ({ gate }: Side, key: string) => gate.sentinel?.[key] as number;
  for (const [key, setting] of Object.entries(SETTINGS)) {
    const [from, to] = [given(was, key), given(is, key)];
    if (from === to) continue;
    const shown = (value: number) => (key === 'quorum' ? value : duration(value));
    report.tell({
      ...(is.steward ? inSteward(cluster, `sentinel.${key}`) : inGate(cluster, `sentinel.${key}`)),
      verdict: hasSteward(cluster) ? 'applied-live' : 'nothing',
      what: `${setting} of the Sentinels ${shown(from)} -> ${shown(to)}, ${hasSteward(cluster) ? 'without a restart' : later(cluster)}`,
      from,
      to,
    });
  }
}

/** When what nobody sets is taken up. */
const later = ({ is }: Cluster): string =>
  is.steward ? 'once the steward is started again' : 'which each of them reads when it starts the next time';
