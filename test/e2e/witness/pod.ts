import { gzipSync } from 'node:zlib';
import { ApiObject, type Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { programMount, tlsVolume } from '../../../lib/core/programs';
import { containerSecurity, HELPER_USER, podBasics, podSecurity } from '../../../lib/core/security';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import { bundle } from './bundle';
import type { Numbers, Witness } from './witness';

/** Name of the witness's pod. */
export const NAME = 'witness';
const IMAGE = 'node:22-bookworm-slim';
const PROGRAM = '/tmp/program.js';
const PART_BYTES = 120 * 1024;

/** A pod that runs the witness's program, or only holds it ready for `exec`. */
export function addProgramPod(
  chart: Chart,
  options: {
    name: string;
    labels: Record<string, string>;
    /** The program's source. */
    program: string;
    args?: string[];
    env?: readonly k8s.EnvVar[];
    tlsSecret?: string;
  },
): void {
  const { name, labels, args, env = [], tlsSecret } = options;
  const run = args ? ['node', PROGRAM, ...args].join(' ') : 'sleep infinity';
  // A client of Kafka is more than one ConfigMap should hold.
  const parts = inParts(gzipSync(bundle(options.program))).map((part, index) => ({
    name: `${name}-program-${index}`,
    file: `part-${index}`,
    part,
  }));
  for (const { name: map, file, part } of parts) {
    const binaryData = { [file]: part.toString('base64') };
    new ApiObject(chart, map, k8s.KubeConfigMap.manifest({ metadata: { name: map }, binaryData }));
  }
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
            command: ['sh', '-c', `cat /program/part-* | gunzip >${PROGRAM}; exec ${run}`],
            env: [...env],
            resources: {
              requests: { cpu: k8s.Quantity.fromString('20m'), memory: k8s.Quantity.fromString('96Mi') },
            },
            securityContext: containerSecurity,
            volumeMounts: [
              programMount,
              { name: 'tmp', mountPath: '/tmp' },
              ...(tlsSecret ? [{ name: 'tls', mountPath: '/tls', readOnly: true }] : []),
            ],
          },
        ],
        volumes: [
          {
            name: 'program',
            projected: { sources: parts.map((each) => ({ configMap: { name: each.name } })) },
          },
          { name: 'tmp', emptyDir: {} },
          ...(tlsSecret ? [tlsVolume(tlsSecret)] : []),
        ],
      },
    }),
  );
}

function inParts(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / PART_BYTES);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES),
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

/** The witness whose pod has been put into the namespace of a case. */
export class PodWitness implements Witness {
  /** `deadlineSeconds` for the first writes: the time that the cluster takes to form. */
  constructor(
    protected readonly run: Run,
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

  /** Runs a verb of the program in a pod and gives its answer. */
  call(pod: string, verb: string, ...args: string[]): Promise<unknown> {
    return callProgram(this.run, this.run.namespace, pod, verb, ...args);
  }

  private async lastLine(): Promise<Line | undefined> {
    const text = await this.run.cluster.log(this.run.namespace, NAME, { lines: 50 });
    // Libraries write to the log, too.
    const line = text
      .split('\n')
      .reverse()
      .find((each) => each.startsWith('{') && each.endsWith('}'));
    return line ? (JSON.parse(line) as Line) : undefined;
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
  const { code, stdout, stderr } = await run.cluster.exec(namespace, pod, ['node', PROGRAM, verb, ...args]);
  if (code !== 0) throw new Error(`${verb} in ${pod}: ${stderr.trim() || `code ${code}`}`);
  return JSON.parse(stdout);
}

/** The first `count` records of what was acknowledged, as ranges. */
export function firstOf(ranges: string, count: number): string {
  let left = count;
  return ranges
    .split(',')
    .flatMap((range) => {
      const [from, to] = range.split('-').map(Number);
      const taken = Math.min(left, to - from + 1);
      left -= taken;
      return taken > 0 ? [`${from}-${from + taken - 1}`] : [];
    })
    .join(',');
}
