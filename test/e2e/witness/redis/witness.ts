import { join } from 'node:path';
import type { Chart } from 'cdk8s';
import { EnvValue, type k8s, Pods } from 'cdk8s-plus-27';
import type { Credentials, SecretKey } from '../../../../lib';
import type { IRedis, ITwemproxy, RedisConnection, RedisGrantOptions } from '../../../../lib/redis';
import { addProgramPod, NAME } from '../pod';
import type { Lane } from './records';

/** Source of the program of the suite's pods. */
const PROGRAM = join(__dirname, 'program.ts');

/** Into how many parts a witness divides the slots of a Redis Cluster. */
const PARTS = '6';

/** Name of a pod that reads when it is told to. */
export const READER = 'reader';

/** What a pod of the suite needs beside the deployment. */
export interface RedisWitnessProps {
  /** `write` all the time, or wait to be told what to do. @default 'write' */
  readonly role?: 'write' | 'wait';
  /** How it finds the servers. @default - as is usual for the topology */
  readonly mode?: RedisGrantOptions['mode'];
  /** Its login, where no steward makes it a user. @default - generated */
  readonly credentials?: Credentials;
  /** Whom it trusts. @default - the authority of the deployment */
  readonly ca?: SecretKey;
}

/** Puts a witness into a chart: a pod that `redis` lets in, like any other consumer. */
export function addRedisWitness(chart: Chart, redis: IRedis, props: RedisWitnessProps = {}): void {
  const name = nameOf(props);
  const { mode, credentials, ca } = props;
  const rights = credentials ? {} : { keys: ['witness:*'] };
  const access = { user: name, directory: '/tls', mode, credentials, ca, ...rights };
  const connection = redis.grantAccess(Pods.select(chart, `${name}-pods`, { labels: { app: name } }), access);
  const [first] = connection.endpoints;
  const isCluster = redis.topology === 'cluster';
  // The others go with their shards, and a pod cannot be changed.
  const seeds: Record<string, EnvValue> = isCluster
    ? { REDIS_CLUSTER_NODES: EnvValue.fromValue(String(first)) }
    : {};
  const env = { ...connection.env, ...seeds };
  const lanes: Lane[] = redis.topology === 'standalone' ? ['plain'] : ['waited', 'plain'];
  addClient(chart, props, { ...connection, env }, { lanes, parts: isCluster ? PARTS : '1' });
}

/** A pod with the variables of a connection. */
function addClient(
  chart: Chart,
  props: RedisWitnessProps,
  { env, files }: Pick<RedisConnection, 'env' | 'files'>,
  { lanes, parts }: { readonly lanes: readonly Lane[]; readonly parts: string },
): void {
  const name = nameOf(props);
  const variables: k8s.EnvVar[] = [
    ...Object.entries(env).map(
      ([key, { value, valueFrom }]) => ({ name: key, value, valueFrom }) as k8s.EnvVar,
    ),
    { name: 'LANES', value: lanes.join(',') },
    { name: 'PARTS', value: parts },
  ];
  addProgramPod(chart, {
    name,
    labels: { app: name },
    program: PROGRAM,
    args: props.role === 'wait' ? undefined : ['write'],
    env: variables,
    tlsSecret: files?.secretName,
  });
}

const nameOf = ({ role }: RedisWitnessProps): string => (role === 'wait' ? READER : NAME);

/** Puts a witness into a chart that writes through a proxy before these shards. */
export function addProxyWitness(chart: Chart, proxy: ITwemproxy, shards: readonly string[]): void {
  const { env } = proxy.grantAccess(Pods.select(chart, `${NAME}-pods`, { labels: { app: NAME } }));
  const variables = { ...env, REDIS_PROXY: EnvValue.fromValue('true') };
  addClient(chart, {}, { env: variables }, { lanes: ['plain'], parts: shards.join(',') });
}
