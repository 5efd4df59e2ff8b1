import { type Chart, Size } from 'cdk8s';
import { Credentials, type EnvironmentProps, ObjectStore } from '../../lib';
import {
  RedisCluster,
  type RedisClusterProps,
  type RedisDeployment,
  RedisReplication,
  type RedisReplicationProps,
  RedisStandalone,
  type RedisStandaloneProps,
} from '../../lib/redis';
import { chartIn, find, podOf, type Rendered, rendered, reported } from '../support/rendering';

/** Labels that select servers, and Sentinels. */
export const SERVERS = { 'cdk8s-stateful/cluster': 'redis', 'cdk8s-stateful/component': 'server' };
export const SENTINELS = { ...SERVERS, 'cdk8s-stateful/component': 'sentinel' };

/** Everything that makes objects of its own. */
export const FULL = {
  storage: { size: Size.gibibytes(20), initialSize: Size.gibibytes(10) },
  tls: {},
  users: { app: { credentials: Credentials.external('app'), keys: ['app:*'] }, ops: { keys: ['*'] } },
  backup: {
    schedule: '0 3 * * *',
    to: ObjectStore.s3({ bucket: 'b', credentials: Credentials.existing('s3') }),
  },
} as const;

/** What production wants said, unless props do. */
const BASE = { memory: Size.gibibytes(1), storage: Size.gibibytes(10), allowPlainText: true };

/** A single server called `redis` in a chart of its own. */
export function standalone(props: Partial<RedisStandaloneProps> = {}, environment: EnvironmentProps = {}) {
  return looking(
    environment,
    (chart) => new RedisStandalone(chart, 'redis', { ...BASE, allowSingleServer: true, ...props }),
  );
}

/** A master with replicas called `redis` in a chart of its own. */
export function replication(props: Partial<RedisReplicationProps> = {}, environment: EnvironmentProps = {}) {
  return looking(environment, (chart) => new RedisReplication(chart, 'redis', { ...BASE, ...props }));
}

/** A Redis Cluster called `redis` in a chart of its own. */
export function cluster(props: Partial<RedisClusterProps> = {}, environment: EnvironmentProps = {}) {
  return looking(environment, (chart) => new RedisCluster(chart, 'redis', { ...BASE, ...props }));
}

function looking<Made extends RedisDeployment>(environment: EnvironmentProps, make: (chart: Chart) => Made) {
  const chart = chartIn(environment);
  const redis = make(chart);
  return {
    chart,
    redis,
    problems: reported(chart),
    objects: () => rendered(chart),
    find: (kind: string, name: string) => find(rendered(chart), kind, name),
  };
}

/** What the steward of a deployment is told. */
export function stewardSettingsOf(objects: readonly Rendered[]) {
  const { env } = podOf(find(objects, 'Deployment', 'redis-steward')).spec.containers[0];
  return JSON.parse(env.find(({ name }: { name: string }) => name === 'SETTINGS').value);
}

/** What its gates are told. */
export function gateSettingsOf(objects: readonly Rendered[]) {
  return JSON.parse(find(objects, 'ConfigMap', 'redis-config').data['gate.json']);
}
