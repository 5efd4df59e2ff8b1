import type { Objects } from '../../../steward/gather';
import { unapplied } from '../../../steward/gather';
import { memberId, memberPod, wasStartedBefore } from '../../../steward/member-pods';
import type { ServerFacts, ServerSays } from '../facts';
import type { RedisStewardSettings, StewardShard } from '../settings';

/** What is to be known of Kubernetes' objects. */
export type ServerObjects = Pick<Objects, 'sets' | 'pods'>;

/** A server that should exist, or has a pod. */
export interface KnownServer {
  readonly pod: string;
  /** Full name. */
  readonly host: string;
  readonly ordinal: number;
  readonly wanted: boolean;
  /** Address of its pod, once it has one. */
  readonly ip?: string;
}

/** A shard, as Kubernetes and its servers say. */
export interface ShardServers {
  readonly shard: StewardShard;
  /** Pods that its StatefulSet has been told to have; 0 where there is none. */
  readonly replicas: number;
  /** By their ordinals. */
  readonly servers: readonly (ServerFacts & Pick<KnownServer, 'ip'>)[];
}

/** Keys that servers may not have read yet. */
export interface UnreadKeys {
  /** When they changed. */
  readonly since: Date;
  /** Pods that were started before, and have them now. */
  readonly pods: readonly string[];
}

/** Until when the kubelets of all nodes have brought a changed Secret to its pods, in milliseconds. */
const BROUGHT_MS = 120_000;

type Settings = Pick<RedisStewardSettings, 'shards' | 'host'>;

/** Keys that have changed, and the pods that were started before; none before all pods must have them. */
export function unread(
  { pods }: ServerObjects,
  since: Date | undefined,
  now: number,
): UnreadKeys | undefined {
  if (!since) return undefined;
  const brought = now - since.getTime() >= BROUGHT_MS;
  const older = pods.filter((pod) => brought && wasStartedBefore(pod, since));
  return { since, pods: older.map(({ metadata }) => metadata.name) };
}

/** The servers of all shards, which are to be asked how they are. */
export function knownServers(objects: ServerObjects, settings: Settings): KnownServer[] {
  return settings.shards.flatMap((shard) => serversOf(shard, objects, settings.host));
}

/**
 * Puts together what Kubernetes and the servers say.
 * @param says by pod
 * @param since before which no pod may have been started, to have read what it reads then
 */
export function serverFacts(
  objects: ServerObjects,
  settings: Settings,
  says: ReadonlyMap<string, ServerSays>,
  since: Date | undefined,
  now: number,
): ShardServers[] {
  return settings.shards.map((shard) => {
    const set = objects.sets.get(shard.set);
    const servers = serversOf(shard, objects, settings.host).map((server) => {
      const pod = objects.pods.find(({ metadata }) => metadata.name === server.pod);
      return {
        ...server,
        kube: pod && set && memberPod(pod, set, since, now),
        server: says.get(server.pod) ?? { state: 'silent', reason: 'it was not asked' },
      } as const;
    });
    return { shard, replicas: set ? (set.spec?.replicas ?? 1) : 0, servers };
  });
}

/** Why the StatefulSets are not yet what was applied; undefined: they are. */
export function whyUnapplied(
  { sets }: Pick<ServerObjects, 'sets'>,
  { shards, sentinel }: Pick<RedisStewardSettings, 'shards' | 'sentinel'>,
): string | undefined {
  return [...shards, ...(sentinel ? [sentinel] : [])]
    .map(({ set, rendered }) => unapplied(set, sets.get(set), rendered))
    .find((why) => why !== undefined);
}

function serversOf(shard: StewardShard, { pods }: ServerObjects, host: string): KnownServer[] {
  const found = new Map(
    pods.flatMap((pod) => {
      const ordinal = memberId(shard.set, pod.metadata.name);
      return ordinal === undefined ? [] : [[ordinal, pod.status?.podIP] as const];
    }),
  );
  const wanted = Array.from({ length: shard.servers }, (_, ordinal) => ordinal);
  return [...new Set([...wanted, ...found.keys()])]
    .sort((one, other) => one - other)
    .map((ordinal) => {
      const pod = `${shard.set}-${ordinal}`;
      return {
        pod,
        host: host.replace('{pod}', pod),
        ordinal,
        wanted: ordinal < shard.servers && !shard.leaving,
        ...(found.get(ordinal) && { ip: found.get(ordinal) }),
      };
    });
}
