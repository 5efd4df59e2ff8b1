import type { k8s } from 'cdk8s-plus-27';
import { LABEL_PREFIX, objectLabels } from '../core/names';
import { packageFile } from '../core/package-files';
import { dataKeeper } from '../core/storage';
import type { RedisGateSettings } from './gate/settings';
import { liveConf, liveSettings, redisConf, sentinelConf } from './redis-config';
import { membersOf, type RedisModel } from './redis-model';
import { masterName, PORTS, sentinelHost, serverHost } from './redis-names';
import type { RedisStewardSettings, WantedRedisUser } from './steward/settings';

/** File with the program of gates and Jobs, that of the steward, and what both import. */
export const PROGRAM = 'redis-gate.mjs';
export const STEWARD_PROGRAM = 'redis.mjs';
export const SHARED_PROGRAM = 'redis-shared.mjs';

type Named = Pick<RedisModel, 'name'>;

/** ConfigMap with the program of gates and Jobs. */
export const programMap = ({ name }: Named): string => `${name}-program`;

/** ConfigMap with the program of the steward. All of it together is more than one should hold. */
export const stewardProgramMap = ({ name }: Named): string => `${name}-steward-program`;

/** ConfigMap with what servers and Sentinels are told. */
export const configMap = ({ name }: Named): string => `${name}-config`;

/** ConfigMap with the scripts that start and stop them, and those of Jobs. */
export const scriptsMap = ({ name }: Named): string => `${name}-scripts`;

/** Scripts of a server by what they are for. */
export interface ServerScripts {
  readonly start: string;
  readonly ready: string;
  readonly alive: string;
  /** Hands the master's role over; undefined where nobody could take it. */
  readonly stop?: string;
}

const SERVER_SCRIPTS: Readonly<Record<RedisModel['topology'], ServerScripts>> = {
  standalone: { start: 'start.sh', ready: 'ready.sh', alive: 'alive.sh' },
  replication: { start: 'start.sh', ready: 'ready.sh', alive: 'alive.sh', stop: 'stop.sh' },
  cluster: {
    start: 'cluster-start.sh',
    ready: 'cluster-ready.sh',
    alive: 'alive.sh',
    stop: 'cluster-stop.sh',
  },
};

/** Scripts of the servers of a deployment. */
export function serverScripts({ topology }: Pick<RedisModel, 'topology'>): ServerScripts {
  return SERVER_SCRIPTS[topology];
}

/** Scripts of a Sentinel by what they are for. */
export const SENTINEL_SCRIPTS = {
  start: 'sentinel-start.sh',
  ready: 'sentinel-ready.sh',
  alive: 'sentinel-alive.sh',
} as const;

/** The files that pods mount: settings, scripts and programs. */
export function configMaps(
  model: RedisModel,
  labels: Record<string, string>,
): { id: string; props: k8s.KubeConfigMapProps }[] {
  const programs = (...files: string[]) =>
    Object.fromEntries(files.map((file) => [file, packageFile(`build/steward/${file}`)]));
  const maps: (readonly [id: string, name: string, data: Record<string, string>])[] = [
    ['config', configMap(model), configFiles(model)],
    ['scripts', scriptsMap(model), scriptFiles(model)],
    ['program', programMap(model), programs(PROGRAM, SHARED_PROGRAM)],
    ...(model.steward
      ? [['steward-program', stewardProgramMap(model), programs(STEWARD_PROGRAM)] as const]
      : []),
  ];
  return maps.map(([id, name, data]) => ({ id, props: { metadata: { name, labels }, data } }));
}

function configFiles(model: RedisModel): Record<string, string> {
  return {
    'gate.json': `${JSON.stringify(gateSettings(model), null, 2)}\n`,
    'redis.conf': redisConf(model),
    'live.conf': liveConf(model),
    ...(model.sentinel ? { 'sentinel.conf': sentinelConf(model) } : {}),
  };
}

function scriptFiles(model: RedisModel): Record<string, string> {
  const { backup, restore } = model.props;
  const files = new Set<string>([
    ...Object.values(serverScripts(model)),
    ...(model.sentinel ? Object.values(SENTINEL_SCRIPTS) : []),
    ...(backup ? ['take.sh', 'upload.sh'] : []),
    ...(restore ? ['download.sh'] : []),
  ]);
  return Object.fromEntries([...files].map((file) => [file, packageFile(`lib/redis/scripts/${file}`)]));
}

/** What gates are told. */
export function gateSettings(model: RedisModel): RedisGateSettings {
  const { name, topology, founders, tls, keepsData, steward, sentinel, cluster, props } = model;
  return {
    cluster: name,
    topology,
    members: membersOf(model),
    founders,
    port: PORTS.server,
    tls: tls !== undefined,
    keepsData,
    operations: steward ? 'steward' : 'none',
    sentinel: sentinel && {
      members: sentinel.members,
      port: PORTS.sentinel,
      masterName: masterName(model),
      quorum: sentinel.quorum,
      downAfter: sentinel.downAfter,
      failoverTimeout: sentinel.failoverTimeout,
    },
    nodeTimeout: cluster?.nodeTimeout,
    restore: props.restore?.backup,
  };
}

/** Names of all StatefulSets, that of the Sentinels last. */
export function statefulSets({ shards, sentinel }: RedisModel): string[] {
  return [...shards.map(({ set }) => set), ...(sentinel ? [sentinel.set] : [])];
}

/** CronJobs that make backups. */
export function backupNames({ name, props }: RedisModel): string[] | undefined {
  return props.backup && [`${name}-backup`];
}

/** What the steward is told; `renderedOf` gives the annotation of a StatefulSet that belongs to it. */
export function stewardSettings(
  model: RedisModel,
  renderedOf: (set: string) => string,
  users: readonly WantedRedisUser[],
): RedisStewardSettings {
  const { name, namespace, topology, shards, sentinel, cluster, keepsData } = model;
  const sets = statefulSets(model);
  return {
    cluster: name,
    sets,
    namespace,
    rendered: renderedOf(sets[0]),
    selector: { [`${LABEL_PREFIX}/cluster`]: name },
    labels: objectLabels('redis', name, 'steward'),
    members: [],
    founders: [],
    backups: backupNames(model),
    data: keepsData ? dataKeeper([model.data]) : 'scratch',
    topology,
    shards: shards.map(({ index, set, members, leaving }) => ({
      index,
      set,
      servers: members.length,
      leaving,
      rendered: renderedOf(set),
    })),
    sentinel: sentinel && {
      set: sentinel.set,
      count: sentinel.members.length,
      rendered: renderedOf(sentinel.set),
      host: sentinelHost(model, '{pod}'),
      port: PORTS.sentinel,
      masterName: masterName(model),
      quorum: sentinel.quorum,
      downAfter: sentinel.downAfter,
      failoverTimeout: sentinel.failoverTimeout,
    },
    host: serverHost(model, '{pod}'),
    port: PORTS.server,
    tls: model.tls !== undefined,
    live: liveSettings(model),
    users,
    keepsData,
    nodeTimeout: cluster?.nodeTimeout,
    slotsAtATime: cluster?.slotsAtATime,
    restores: model.props.restore ? true : undefined,
  };
}
