import { type Chart, Size } from 'cdk8s';
import type { EnvironmentProps } from '../../../lib';
import { RedisReplication, type RedisReplicationProps } from '../../../lib/redis';
import { Twemproxy } from '../../../lib/redis/twemproxy';
import type { TwemproxySettings } from '../../../lib/redis/twemproxy/settings';
import type { TwemproxyProps } from '../../../lib/redis/twemproxy-props';
import { chartIn, find, podOf, type Rendered, rendered, reported } from '../../support/rendering';

const BASE = { memory: Size.gibibytes(1), storage: Size.gibibytes(10), allowPlainText: true };

/** A master with replicas, as a shard of a store. */
export function redisIn(
  chart: Chart,
  name: string,
  props: Partial<RedisReplicationProps> = {},
): RedisReplication {
  return new RedisReplication(chart, name, { ...BASE, ...props });
}

/** A proxy called `proxy` before the shards `a` and `b`, which are `redis-a` and `redis-b`. */
export function twemproxy(
  props: Partial<TwemproxyProps> | ((chart: Chart) => Partial<TwemproxyProps>) = {},
  environment: EnvironmentProps = {},
  redis: Partial<RedisReplicationProps> = {},
) {
  const chart = chartIn(environment);
  const shards = { a: redisIn(chart, 'redis-a', redis), b: redisIn(chart, 'redis-b', redis) };
  const more = typeof props === 'function' ? props(chart) : props;
  const proxy = new Twemproxy(chart, 'proxy', { shards, ...more });
  return {
    chart,
    shards,
    proxy,
    problems: () => reported(chart),
    objects: () => rendered(chart),
    find: (kind: string, name: string) => find(rendered(chart), kind, name),
  };
}

/** A variable of a container. */
export function variable(object: Rendered, container: string, name: string): string {
  const { initContainers = [], containers } = podOf(object).spec;
  const found = [...initContainers, ...containers].find((one: { name: string }) => one.name === container);
  return found.env.find((one: { name: string }) => one.name === name).value;
}

/** What the programs beside the proxies are told. */
export function settingsIn(objects: readonly Rendered[]): TwemproxySettings {
  return JSON.parse(variable(find(objects, 'Deployment', 'proxy'), 'agent', 'SETTINGS'));
}

/** Users that the steward of a shard is told of, by their names. */
export function usersOf(objects: readonly Rendered[], redis: string): Map<string, string> {
  const { users } = JSON.parse(
    variable(find(objects, 'Deployment', `${redis}-steward`), 'steward', 'SETTINGS'),
  );
  return new Map(users.map(({ name, rules }: { name: string; rules: string }) => [name, rules]));
}
