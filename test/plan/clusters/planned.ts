import type {
  EnvironmentProps,
  EtcdClusterProps,
  KafkaClusterProps,
  RedisClusterProps,
  RedisReplicationProps,
  RedisStandaloneProps,
  ZooKeeperClusterProps,
} from '../../../lib';
import { type ClusterEffects, clusterEffects } from '../../../lib/plan/clusters';
import { compare } from '../../../lib/plan/compare';
import type { Manifest, Rendering } from '../../../lib/plan/types';
import { etcd } from '../../etcd/rendering';
import { kafka } from '../../kafka/rendering';
import { cluster, replication, standalone } from '../../redis/rendering';
import { ensemble } from '../../support/rendering';

/** Manifests of a chart, as a rendering. */
export function renderingOf(objects: readonly object[]): Rendering {
  return { objects: objects.map((manifest) => ({ manifest: manifest as Manifest })) };
}

/** What a change of a cluster called `name` in the namespace `data` does. */
export function planned(system: string, name: string, before: Rendering, after: Rendering): ClusterEffects {
  const changes = compare(before, after).filter(({ before: was, after: is }) => {
    const { metadata } = (is ?? was) as Manifest;
    return metadata.labels?.['cdk8s-stateful/cluster'] === name && metadata.namespace === 'data';
  });
  return clusterEffects({ system, name, namespace: 'data', changes, before, after });
}

/** Effects as lines: the verdict, with `!` where somebody has to say yes, and in words what happens and what to do instead. */
export function linesOf({ effects, unknown, rest }: ClusterEffects): string[] {
  return [
    ...effects.map(
      ({ verdict, needsYes, what, instead }) =>
        `${verdict}${needsYes ? '!' : ''}: ${what}${instead ? ` => ${instead}` : ''}`,
    ),
    ...unknown.map((text) => `unknown: ${text}`),
    ...rest.map(({ before, after, fields }) => {
      const { kind, metadata } = (after ?? before) as Manifest;
      const what = before && after ? fields.map(({ path }) => path).join(', ') : after ? 'comes' : 'goes';
      return `rest: ${kind} ${metadata.name}: ${what}`;
    }),
  ];
}

type Change<Props> = readonly [before: Partial<Props>, after: Partial<Props>];

/** Environments before and after. */
export type Environments = EnvironmentProps | readonly [EnvironmentProps, EnvironmentProps];

function both(environments: Environments = {}): readonly [EnvironmentProps, EnvironmentProps] {
  return Array.isArray(environments)
    ? (environments as readonly [EnvironmentProps, EnvironmentProps])
    : [environments as EnvironmentProps, environments as EnvironmentProps];
}

/** Both renderings of a change of props. */
export function rendered<Props>(
  make: (
    props: Partial<Props>,
    environment: EnvironmentProps,
  ) => { objects(): readonly object[]; problems: string[] },
  change: Change<Props>,
  environments?: Environments,
): [Rendering, Rendering] {
  const [before, after] = change.map((props, index) => {
    const { objects, problems } = make(props, both(environments)[index]);
    const manifests = objects();
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return renderingOf(manifests);
  });
  return [before, after];
}

/** What a change of an ensemble called `zk` does. */
export function zookeeperPlan(
  before: Partial<ZooKeeperClusterProps>,
  after: Partial<ZooKeeperClusterProps>,
  environments?: Environments,
): string[] {
  return linesOf(planned('zookeeper', 'zk', ...rendered(ensemble, [before, after], environments)));
}

/** What a change of a Kafka cluster called `kafka` does. */
export function kafkaPlan(
  before: Partial<KafkaClusterProps>,
  after: Partial<KafkaClusterProps>,
  environments?: Environments,
): string[] {
  return linesOf(planned('kafka', 'kafka', ...rendered(kafka, [before, after], environments)));
}

/** What a change of an etcd cluster called `etcd` does. */
export function etcdPlan(
  before: Partial<EtcdClusterProps>,
  after: Partial<EtcdClusterProps>,
  environments?: Environments,
): string[] {
  return linesOf(planned('etcd', 'etcd', ...rendered(etcd, [before, after], environments)));
}

/** What a change of a master with replicas called `redis` does. */
export function redisPlan(
  before: Partial<RedisReplicationProps>,
  after: Partial<RedisReplicationProps>,
  environments?: Environments,
): string[] {
  return linesOf(planned('redis', 'redis', ...rendered(replication, [before, after], environments)));
}

/** The same while its steward is stopped, before and after. */
export function stoppedRedisPlan(
  before: Partial<RedisReplicationProps>,
  after: Partial<RedisReplicationProps>,
): string[] {
  const stopped = (rendering: Rendering) =>
    patched(rendering, 'redis-steward', (object) =>
      object.kind === 'Deployment' ? { ...object, spec: { ...object.spec, replicas: 0 } } : object,
    );
  const [was, is] = rendered(replication, [before, after]);
  return linesOf(planned('redis', 'redis', stopped(was), stopped(is)));
}

/** A rendering whose objects of a name are others. */
export function patched(
  { objects }: Rendering,
  name: string,
  patch: (manifest: Manifest) => Manifest,
): Rendering {
  return renderingOf(
    objects.map(({ manifest }) => (manifest.metadata.name === name ? patch(manifest) : manifest)),
  );
}

/** What a change of a Redis Cluster called `redis` does. */
export function redisClusterPlan(
  before: Partial<RedisClusterProps>,
  after: Partial<RedisClusterProps>,
  environments?: Environments,
): string[] {
  return linesOf(planned('redis', 'redis', ...rendered(cluster, [before, after], environments)));
}

/** What a change of a single server called `redis` does. */
export function standalonePlan(
  before: Partial<RedisStandaloneProps>,
  after: Partial<RedisStandaloneProps>,
  environments?: Environments,
): string[] {
  return linesOf(planned('redis', 'redis', ...rendered(standalone, [before, after], environments)));
}

/** Environments and props that many cases have. */
export const development: EnvironmentProps = { durability: 'development' };
export const issuer: EnvironmentProps = { certificates: { issuer: { name: 'internal' } } };
/** Another name than the environment of tests has. */
export const renamed = { name: 'renamed' } as EnvironmentProps;
export const none = { operations: 'none' } as const;

/** Secrets that are there. */
export function existing(...names: string[]): EnvironmentProps {
  return { existing: names.map((name) => ({ kind: 'Secret', namespace: 'data', name })) };
}
