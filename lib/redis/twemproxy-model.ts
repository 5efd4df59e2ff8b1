import { Size } from 'cdk8s';
import { bytesOf } from '../core/quantity';
import type { RedisModel } from './redis-model';
import { type Place, PORTS } from './redis-names';
import { serviceEndpoint } from './redis-services';
import type { Layout } from './twemproxy/layout';
import type { TwemproxyShardSettings } from './twemproxy/settings';
import type { TwemproxyProps } from './twemproxy-props';

const IMAGE = 'ghcr.io/twitter/twemproxy:0.5.0';

/** A shard as the proxy must know it. */
export interface TwemproxyShardModel {
  readonly name: string;
  readonly redis: RedisModel;
}

/** A proxy with every default filled in. */
export interface TwemproxyModel extends Place {
  readonly use: 'store' | 'cache';
  readonly layout: Layout;
  readonly shards: readonly TwemproxyShardModel[];
  readonly leaving: readonly TwemproxyShardModel[];
  /** Milliseconds. */
  readonly timeout: number;
  readonly serverConnections: number;
  /** Milliseconds. */
  readonly ejection?: { readonly failures: number; readonly retryAfter: number };
  readonly replicas: number;
  /** Bytes. */
  readonly mbufSize: number;
  readonly memory: Size;
  readonly cpu: string;
  readonly image: string;
  readonly props: TwemproxyProps;
}

/** Completes props. Bad input is completed too: what is wrong with it is told by `checkTwemproxy`. */
export function completeTwemproxy(
  place: Place,
  props: TwemproxyProps,
  redis: Record<'shards' | 'leaving', readonly TwemproxyShardModel[]>,
): TwemproxyModel {
  const { hash = 'md5', hashTag, ejection, clientConnections = 1000 } = props;
  const mbufSize = bytesOf(props.mbufSize ?? Size.kibibytes(16));
  return {
    ...place,
    ...redis,
    use: props.use ?? 'store',
    layout: { shards: redis.shards.map(({ name }) => name), hash, hashTag },
    timeout: props.timeout?.toMilliseconds({ integral: false }) ?? 2_000,
    serverConnections: props.serverConnections ?? 1,
    ejection: ejection && {
      failures: ejection.failures ?? 2,
      retryAfter: ejection.retryAfter?.toMilliseconds({ integral: false }) ?? 30_000,
    },
    replicas: props.replicas ?? 2,
    mbufSize,
    memory: props.memory ?? Size.mebibytes(32 + Math.ceil((4 * mbufSize * clientConnections) / 1024 ** 2)),
    cpu: props.cpu ?? '100m',
    image: props.image ?? IMAGE,
    props,
  };
}

/** Where programs and proxies find a shard. */
export function shardSettings({ name, redis }: TwemproxyShardModel): TwemproxyShardSettings {
  const { host, port } = serviceEndpoint(redis, redis.name);
  const servers = redis.shards.flatMap(({ members }) => members);
  return {
    name,
    master: { host, port },
    servers: servers.map((member) => ({ host: member.host, port: PORTS.server })),
  };
}
