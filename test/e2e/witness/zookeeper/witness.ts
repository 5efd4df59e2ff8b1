import { join } from 'node:path';
import { ApiObject, type Chart } from 'cdk8s';
import { type EnvValue, k8s, Pods } from 'cdk8s-plus-27';
import type { GrantOptions, ZooKeeperCluster } from '../../../../lib';
import { programMount, programVolume, tlsVolume } from '../../../../lib/core/programs';
import { containerSecurity, HELPER_USER, podBasics, podSecurity } from '../../../../lib/core/security';
import type { Run } from '../../harness/run';
import { missing } from '../../harness/wait';
import { bundle } from '../bundle';
import type { Numbers, Witness } from '../witness';

const NAME = 'witness';
const LABELS = { app: NAME };
const IMAGE = 'node:22-bookworm-slim';

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
  const variables = {
    ...literals(env),
    RECORD_BYTES: String(recordBytes),
    ...(tlsSecret && { TLS_DIRECTORY: '/tls' }),
  };
  addProgramPod(chart, { name: NAME, labels: LABELS, args: ['write'], env: variables, tlsSecret });
}

/** Puts a pod `reader` into a chart that `cluster` lets in and that reads when it is told to. */
export function addReader(chart: Chart, cluster: ZooKeeperCluster): void {
  const labels = { app: 'reader' };
  cluster.grantAccess(Pods.select(chart, 'reader-pods', { labels }));
  addProgramPod(chart, { name: 'reader', labels });
}

/** A pod that runs the witness's program, or only holds it ready for `exec`. */
export function addProgramPod(
  chart: Chart,
  options: {
    name: string;
    labels: Record<string, string>;
    args?: string[];
    env?: Record<string, string>;
    tlsSecret?: string;
  },
): void {
  const { name, labels, args, env = {}, tlsSecret } = options;
  const program = bundle(join(__dirname, 'program.ts'));
  const data = { 'program.js': program };
  new ApiObject(
    chart,
    `${name}-program`,
    k8s.KubeConfigMap.manifest({ metadata: { name: `${name}-program` }, data }),
  );
  new ApiObject(
    chart,
    name,
    k8s.KubePod.manifest({
      metadata: { name, labels },
      spec: {
        restartPolicy: 'Never',
        ...podBasics,
        terminationGracePeriodSeconds: 1,
        securityContext: podSecurity(HELPER_USER),
        // A witness outlives the node of whom it watches.
        tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
        containers: [
          {
            name: 'program',
            image: IMAGE,
            command: args ? ['node', '/program/program.js', ...args] : ['sleep', 'infinity'],
            env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
            resources: {
              requests: { cpu: k8s.Quantity.fromString('20m'), memory: k8s.Quantity.fromString('96Mi') },
            },
            securityContext: containerSecurity,
            volumeMounts: [
              programMount,
              ...(tlsSecret ? [{ name: 'tls', mountPath: '/tls', readOnly: true }] : []),
            ],
          },
        ],
        volumes: [programVolume(`${name}-program`), ...(tlsSecret ? [tlsVolume(tlsSecret)] : [])],
      },
    }),
  );
}

interface Line {
  readonly witness: 'writing' | 'result';
  readonly acknowledged: number;
  readonly record: number;
  readonly problem?: string;
}

/** What the witness's pod said when it was over. */
export type WitnessResult = Numbers & { readonly ranges: string };

/** The witness that `addWitness` has put into the namespace of a case. */
export class ZooKeeperWitness implements Witness {
  /** `deadlineSeconds` for the first writes: the time that the ensemble takes to form. */
  constructor(
    private readonly run: Run,
    private readonly deadlineSeconds = 150,
  ) {}

  async start(): Promise<void> {
    await this.run.waitFor('the first acknowledged writes', this.deadlineSeconds, async () => {
      const { acknowledged, problem } = await this.progress();
      if (acknowledged < 20) missing(`${acknowledged} writes acknowledged, ${problem ?? 'no problem'}`);
    });
  }

  async writesAgain(deadlineSeconds: number): Promise<void> {
    const before = await this.progress();
    await this.run.waitFor('writes after the fault', deadlineSeconds, async () => {
      const { acknowledged, problem } = await this.progress();
      if (acknowledged < before.acknowledged + 20 || problem) missing(`no new writes: ${problem}`);
    });
  }

  async stop(): Promise<WitnessResult> {
    const { run } = this;
    await run.cluster.exec(run.namespace, NAME, ['sh', '-c', 'kill -TERM 1']);
    return run.waitFor('what the witness reads back', 100, async () => {
      const line = await this.lastLine();
      if (line?.witness !== 'result') return missing('it has not said what it found');
      return line as unknown as WitnessResult;
    });
  }

  /** Acknowledged writes so far, and the number of the last record. */
  async progress(): Promise<{ acknowledged: number; record: number; problem?: string }> {
    return (await this.lastLine()) ?? { acknowledged: 0, record: 0 };
  }

  /** Reads from another ensemble what was acknowledged by this one. */
  async readFrom(pod: string, connect: string, ranges: string): Promise<Numbers> {
    return (await this.call(pod, 'read', connect, ranges)) as Numbers;
  }

  /** Runs a verb of the program in a pod and gives its answer. */
  call(pod: string, verb: string, ...args: string[]): Promise<unknown> {
    return callProgram(this.run, this.run.namespace, pod, verb, ...args);
  }

  private async lastLine(): Promise<Line | undefined> {
    const text = (await this.run.cluster.log(this.run.namespace, NAME, { lines: 1 })).trim();
    return text.startsWith('{') ? (JSON.parse(text) as Line) : undefined;
  }
}

/** Runs a verb of the program in a pod that has it and gives its answer. */
export async function callProgram(
  run: Run,
  namespace: string,
  pod: string,
  verb: string,
  ...args: string[]
): Promise<unknown> {
  const { code, stdout, stderr } = await run.cluster.exec(namespace, pod, [
    'node',
    '/program/program.js',
    verb,
    ...args,
  ]);
  if (code !== 0) throw new Error(`${verb} in ${pod}: ${stderr.trim() || `code ${code}`}`);
  return JSON.parse(stdout);
}

function literals(env: Record<string, EnvValue>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([key, { value }]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}
