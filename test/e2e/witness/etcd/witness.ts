import { join } from 'node:path';
import type { Chart } from 'cdk8s';
import { type k8s, Pods } from 'cdk8s-plus-27';
import type { EtcdCluster } from '../../../../lib';
import { addProgramPod, NAME } from '../pod';

/** Source of the program of the suite's pods. */
export const PROGRAM = join(__dirname, 'program.ts');

/** Name of a pod that reads when it is told to. */
export const READER = 'reader';

/** What a pod of the suite needs beside the cluster. */
export interface EtcdWitnessProps {
  /** `write` all the time, or wait to be told what to do. @default 'write' */
  readonly role?: 'write' | 'wait';
  /** Whether it logs in, as a user of its own. @default false */
  readonly login?: boolean;
  /** Secret with the certificate that it shows. @default - made by the issuer of the cluster */
  readonly certificate?: string;
}

/** Puts a witness into a chart: a pod that `cluster` lets in, like any other consumer. */
export function addEtcdWitness(chart: Chart, cluster: EtcdCluster, props: EtcdWitnessProps = {}): void {
  const { role = 'write', login, certificate } = props;
  const name = role === 'write' ? NAME : READER;
  const labels = { app: name };
  const consumer = Pods.select(chart, `${name}-pods`, { labels });
  const { env, clientCertificate: tlsSecret } = cluster.grantAccess(
    consumer,
    login ? { user: name, read: ['/witness/'], write: ['/witness/'], certificate } : { certificate },
  );
  const variables: k8s.EnvVar[] = [
    ...Object.entries(env).map(
      ([key, { value, valueFrom }]) => ({ name: key, value, valueFrom }) as k8s.EnvVar,
    ),
    ...(tlsSecret ? [{ name: 'TLS_DIRECTORY', value: '/tls' }] : []),
  ];
  const args = role === 'write' ? ['write'] : undefined;
  addProgramPod(chart, { name, labels, program: PROGRAM, args, env: variables, tlsSecret });
}
