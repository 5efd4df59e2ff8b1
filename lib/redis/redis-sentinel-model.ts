import { Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { Environment } from '../core/environment';
import type { DeepPartial } from '../core/merge';
import type { PlacementProps } from '../core/placement';
import type { Finding } from '../core/problem';
import { resolveStorage, type VolumeModel } from '../core/storage';
import { type Place, sentinelHost, sentinelSetName } from './redis-names';
import type { RedisReplicationProps } from './redis-props';

/** The Sentinels of a replication. */
export interface RedisSentinelModel {
  /** Name of the StatefulSet. */
  readonly set: string;
  readonly members: readonly { readonly pod: string; readonly host: string }[];
  readonly quorum: number;
  /** Milliseconds. */
  readonly downAfter: number;
  readonly failoverTimeout: number;
  readonly memory: Size;
  readonly data: VolumeModel;
  readonly placement: PlacementProps;
  readonly podOverrides?: DeepPartial<k8s.PodTemplateSpec>;
}

/** More Sentinels than these make no failover any surer. */
export const MOST_SENTINELS = 5;

/** Completes the Sentinels of a replication. */
export function completeSentinels(
  place: Place,
  props: RedisReplicationProps,
  environment: Environment,
): { sentinel: RedisSentinelModel; findings: Finding[] } {
  const given = props.sentinels ?? {};
  const set = sentinelSetName(place);
  const count = Math.min(Math.max(0, Math.floor(given.count ?? 3) || 0), 2 * MOST_SENTINELS);
  const data = resolveStorage('sentinels', given.storage ?? Size.gibibytes(1), environment);
  return {
    findings: data.findings,
    sentinel: {
      set,
      members: Array.from({ length: count }, (_, ordinal) => {
        const pod = `${set}-${ordinal}`;
        return { pod, host: sentinelHost(place, pod) };
      }),
      quorum: given.quorum ?? Math.floor(count / 2) + 1,
      downAfter: given.downAfter?.toMilliseconds({ integral: false }) ?? 10_000,
      failoverTimeout: given.failoverTimeout?.toMilliseconds({ integral: false }) ?? 60_000,
      memory: given.memory ?? Size.mebibytes(64),
      data: data.volume,
      placement: given.placement ?? props.placement ?? {},
      podOverrides: given.podOverrides,
    },
  };
}
