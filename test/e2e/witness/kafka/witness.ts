import { join } from 'node:path';
import type { Chart } from 'cdk8s';
import { type k8s, Pods } from 'cdk8s-plus-27';
import type { KafkaCluster, KafkaGrantOptions } from '../../../../lib';
import { addProgramPod, NAME } from '../pod';

const LABELS = { app: NAME };

/** Topic that the witness writes to. */
export const TOPIC = 'witness';

/** Puts a witness into a chart: a pod that `cluster` lets in, like any other consumer. */
export function addKafkaWitness(chart: Chart, cluster: KafkaCluster, grant: KafkaGrantOptions = {}): void {
  const { env } = cluster.grantAccess(Pods.select(chart, `${NAME}-pods`, { labels: LABELS }), {
    user: NAME,
    produce: [TOPIC],
    consume: [TOPIC],
    ...grant,
  });
  const variables: k8s.EnvVar[] = [
    ...Object.entries(env).map(([name, { value, valueFrom }]) => ({ name, value, valueFrom }) as k8s.EnvVar),
    { name: 'TOPIC', value: TOPIC },
  ];
  addProgramPod(chart, {
    name: NAME,
    labels: LABELS,
    program: join(__dirname, 'program.mts'),
    args: ['write'],
    env: variables,
  });
}
