import { quantity } from '../quantity';
import type { Effect } from '../types';
import { type Cluster, inSteward, titled } from './cluster';
import { hasSteward } from './operations';
import { PERSISTENCE, persistence, when } from './redis-persistence';
import { serverOf, shardsOf } from './redis-servers';
import { shown, warningOf } from './redis-warnings';
import { type SettingChange, settingChanges } from './settings-files';
import type { Side } from './side';
import { list, step } from './words';

/** Settings that follow from maxmemory, unless somebody chose them. */
const OF_MEMORY = ['client-output-buffer-limit', 'repl-backlog-size'];

/** Settings of all servers, wherever they stand: those of live.conf are set while servers run. */
const settingsOf = (side: Side): Readonly<Record<string, string>> => ({
  ...side.read('redis.conf'),
  ...side.read('live.conf'),
});

/** Settings that `CONFIG SET` takes, and such as refuse or lose something however they are taken up. */
export function redisLive(cluster: Cluster): void {
  const { was, is, report } = cluster;
  const [before, after] = [settingsOf(was), settingsOf(is)];
  const kept = persistence(cluster, before, after);
  if (kept) report.tell({ ...at(cluster, kept.verdict === 'nothing', 'appendonly'), ...kept });
  const changes = settingChanges(before, after);
  const memory = changes.some(({ key }) => key === 'maxmemory');
  const isLive = (key: string) => key in is.read('live.conf');
  const follows = ({ key }: SettingChange) =>
    memory && OF_MEMORY.includes(key) && isLive(key) === isLive('maxmemory');
  const followers = changes.filter(follows).map(({ key }) => key);
  for (const { key, from, to } of changes.filter((each) => !follows(each))) {
    // Where another kind is kept, its settings follow from that.
    if (kept && [...PERSISTENCE, 'appendfsync'].includes(key)) continue;
    const live = [was, is].map((side) => key in side.read('live.conf'));
    const warning =
      warningOf(key, before, after, replicasOf(cluster)) ??
      (live[1] && hasSteward(cluster) ? tooEarly(cluster, key, from, to) : undefined);
    const effect = live[1]
      ? set(cluster, key, from, to)
      : live[0]
        ? given(cluster, key, from, to)
        : restarted(key, from, to);
    // Servers restart for the others, which is told with its reason.
    if (!warning && !live.includes(true)) continue;
    const also = key === 'maxmemory' && followers.length > 0 ? `; ${list(followers)} follow from it` : '';
    report.tell({
      ...at(cluster, !live.includes(true), key),
      ...effect,
      what: `${effect.what}${warning ? `: ${warning.why}` : ''}${also}`,
      from,
      to,
      ...(warning && { instead: warning.instead, needsYes: true }),
    });
  }
}

function at(cluster: Cluster, file: boolean, key: string): Pick<Effect, 'object' | 'field'> {
  if (cluster.is.steward && !file) return inSteward(cluster, `live[${key}]`);
  const name = key in cluster.is.read('redis.conf') ? 'redis.conf' : 'live.conf';
  return {
    object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
    field: `data[${name}].${key}`,
  };
}

type Told = Pick<Effect, 'verdict' | 'what'>;

const change = (key: string, from: string | undefined, to: string | undefined): string =>
  `${key} of all servers ${step(shown(key, from), shown(key, to))}`;

function set(cluster: Cluster, key: string, from: string | undefined, to: string | undefined): Told {
  return {
    verdict: hasSteward(cluster) ? 'applied-live' : 'nothing',
    what: `${change(key, from, to)}, ${when(cluster)}`,
  };
}

/** One that is declared no more, or that takes a restart from now on. */
function given(cluster: Cluster, key: string, from: string | undefined, to: string | undefined): Told {
  if (to !== undefined) return restarted(key, from, to);
  return {
    verdict: 'nothing',
    what: `${key} is not declared any more: servers${cluster.is.steward ? '' : ' that have it'} keep ${shown(key, from)} until they start the next time`,
  };
}

const restarted = (key: string, from: string | undefined, to: string | undefined): Told => ({
  verdict: 'applied-live',
  what: `${change(key, from, to)}, as each of them restarts`,
});

/** Of the memory of a server, what maxmemory takes at most without room for anything else. */
const MOST = 0.9;

/** It is set at once, and a pod gets more memory when it restarts, after that. */
function tooEarly(
  { was }: Cluster,
  key: string,
  from: string | undefined,
  to: string | undefined,
): ReturnType<typeof warningOf> {
  const memory = quantity(serverOf(was)?.resources?.limits?.memory);
  const isMore = key === 'maxmemory' && Number(to) > Number(from);
  if (!isMore || memory === undefined || Number(to) <= memory * MOST) return undefined;
  return {
    why: 'it is set before pods restart with more memory, and a server that fills it until then is killed',
    instead: 'raise memory a commit earlier',
  };
}

const replicasOf = ({ is }: Cluster): number =>
  Math.max(0, ...shardsOf(is).map(({ pods }) => pods.length - 1));
