import { selecting } from '../core/monitoring';
import type { RedisModel } from './redis-model';
import { metricName, type RedisMetric } from './steward/shared/metric-names';

/** What alerts depend on. */
export type RedisWatched = Pick<
  RedisModel,
  | 'name'
  | 'namespace'
  | 'topology'
  | 'steward'
  | 'use'
  | 'persistence'
  | 'maxmemoryPolicy'
  | 'maxmemory'
  | 'replicas'
> & {
  readonly shards: readonly { readonly members: readonly unknown[]; readonly leaving: boolean }[];
  readonly data: Pick<RedisModel['data'], 'kind'>;
  readonly props: Pick<RedisModel['props'], 'backup' | 'exporter'>;
};

/** Selects a metric of the steward's. */
export function told(model: RedisWatched): (metric: RedisMetric, matcher?: string) => string {
  const of = selecting(model);
  return (metric, matcher) => of(metricName(metric), matcher);
}

/** What people call a deployment. */
export const titleOf = ({ name, namespace }: RedisWatched): string => `Redis ${namespace}/${name}`;
/** Where people find what is done about it. */
export const statusOf = ({ name, steward }: RedisWatched): string =>
  steward
    ? `the ConfigMap ${name}-status says what is done about it`
    : 'the log of its gate says what it waits for';
