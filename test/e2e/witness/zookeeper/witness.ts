import { join } from 'node:path';
import type { Chart } from 'cdk8s';
import { type EnvValue, type k8s, Pods } from 'cdk8s-plus-27';
import type { GrantOptions, ZooKeeperCluster } from '../../../../lib';
import { addProgramPod, NAME, PodWitness } from '../pod';
import type { Numbers } from '../witness';

const LABELS = { app: NAME };

/** Source of the program of the suite's pods. */
export const PROGRAM = join(__dirname, 'program.ts');

/** How the witness is let in and what else it needs. */
export interface WitnessProps extends GrantOptions {
  /** Secret with the client certificate that it shows. @default - plain text */
  readonly tlsSecret?: string;
  /** Bytes of a record. @default 100 */
  readonly recordBytes?: number;
}

/** Puts a witness into a chart: a pod that `cluster` lets in, like any other consumer. */
export function addWitness(
  chart: Chart,
  cluster: ZooKeeperCluster,
  { tlsSecret, recordBytes = 100, ...grant }: WitnessProps = {},
): void {
  const { env } = cluster.grantAccess(Pods.select(chart, `${NAME}-pods`, { labels: LABELS }), grant);
  const variables = [
    ...literals(env),
    { name: 'RECORD_BYTES', value: String(recordBytes) },
    ...(tlsSecret ? [{ name: 'TLS_DIRECTORY', value: '/tls' }] : []),
  ];
  const args = ['write'];
  addProgramPod(chart, { name: NAME, labels: LABELS, program: PROGRAM, args, env: variables, tlsSecret });
}

/** Puts a pod `reader` into a chart that `cluster` lets in and that reads when it is told to. */
export function addReader(chart: Chart, cluster: ZooKeeperCluster): void {
  const labels = { app: 'reader' };
  cluster.grantAccess(Pods.select(chart, 'reader-pods', { labels }));
  addProgramPod(chart, { name: 'reader', labels, program: PROGRAM });
}

/** The witness that `addWitness` has put into the namespace of a case. */
export class ZooKeeperWitness extends PodWitness {
  /** Reads from another ensemble what was acknowledged by this one. */
  async readFrom(pod: string, connect: string, ranges: string): Promise<Numbers> {
    return (await this.call(pod, 'read', connect, ranges)) as Numbers;
  }
}

function literals(env: Record<string, EnvValue>): k8s.EnvVar[] {
  return Object.entries(env).flatMap(([name, { value }]) =>
    typeof value === 'string' ? [{ name, value }] : [],
  );
}
