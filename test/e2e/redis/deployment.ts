import type { Chart } from 'cdk8s';
import type { EnvironmentProps } from '../../../lib';
import type { RedisServerProps } from '../../../lib/redis';
import { podNames } from '../faults/pods';
import type { Manifest } from '../harness/cluster';
import { expectSetsReady } from '../harness/members-ready';
import type { Run } from '../harness/run';
import { expectStewardReady, Subject } from '../harness/subject';
import { PodWitness, NAME as WITNESS } from '../witness/pod';
import type { RedisWitnessProps } from '../witness/redis/witness';
import type { Numbers } from '../witness/witness';

/** Name of the deployment of every case. */
export const NAME = 'redis';

const OF_DEPLOYMENT = `cdk8s-stateful/cluster=${NAME}`;

/** Label selectors of its pods. */
export const SERVERS = `${OF_DEPLOYMENT},cdk8s-stateful/component=server`;
export const SENTINELS = `${OF_DEPLOYMENT},cdk8s-stateful/component=sentinel`;
export const MEMBERS = `${OF_DEPLOYMENT},cdk8s-stateful/component in (server,sentinel)`;

/** Name of the container with the server. */
export const CONTAINER = 'redis';

/** Seconds that a deployment may take to form on a busy machine, a server to come back, and all to be restarted. */
export const FORMING = 180;
export const RETURNING = 180;
export const ROLLING = 600;

/** What a case wants beside the usual deployment. */
export interface DeploymentOptions<Props> {
  readonly props?: Partial<Props>;
  readonly witness?: RedisWitnessProps;
  readonly place?: Partial<EnvironmentProps>;
  /** More objects in the same chart. */
  readonly more?: (chart: Chart) => void;
}

/** Who asks. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a server says it is. */
export type Role = 'master' | 'replica' | 'nobody';

/** How a case ends. */
export interface Finish {
  readonly deadline?: number;
  /** Whether nothing at all may be lost, since nothing but planned work has been done. @default false */
  readonly planned?: boolean;
}

/** The deployment of a case and its witness. */
export abstract class Deployment<Props extends RedisServerProps = RedisServerProps> extends Subject {
  readonly witness: PodWitness;

  constructor(
    run: Run,
    protected options: DeploymentOptions<Props> = {},
  ) {
    super(run, NAME, SERVERS);
    this.witness = new PodWitness(run, FORMING);
  }

  /** Props as they were applied last. */
  abstract get props(): Props;
  /** Puts the deployment into a chart, and a witness that it lets in. */
  protected abstract render(chart: Chart): void;

  /** Applies the deployment; `change` is laid over the props of the last time. */
  async apply(change: Partial<Props> = {}): Promise<Manifest[]> {
    this.options = { ...this.options, props: { ...this.options.props, ...change } as Partial<Props> };
    const { place, more } = this.options;
    this.applied = await this.run.deploy(
      this.run.namespace,
      (chart) => {
        more?.(chart);
        this.render(chart);
      },
      place,
    );
    return this.applied;
  }

  /** Applies the deployment, waits until all servers serve and the witness writes. */
  async form(): Promise<this> {
    await this.apply();
    await this.settled(FORMING);
    await this.witness.start();
    return this;
  }

  /** Waits until it is what was applied last: by the steward's word, and by the look of its servers. */
  async settled(deadlineSeconds = RETURNING): Promise<void> {
    const { operations = 'steward' } = this.props;
    await this.run.waitFor('all servers ready', deadlineSeconds, async () => {
      await expectSetsReady(this.run, this.applied, NAME, OF_DEPLOYMENT);
      if (operations === 'steward') await expectStewardReady(this.run, NAME);
    });
  }

  /** Waits until it works again and lets the witness read everything back. */
  async finish({ deadline = RETURNING, planned }: Finish = {}): Promise<Numbers> {
    await this.settled(deadline);
    await this.witness.writesAgain(60);
    const numbers = await this.witness.stop();
    const { atOnce } = numbers;
    if (planned && atOnce && atOnce.lost > 0)
      return this.run.fail(
        `${atOnce.lost} records are lost that a master had acknowledged, and nothing was broken: ${atOnce.missing.slice(0, 20)}`,
      );
    return numbers;
  }

  /** Full names of the servers that have a pod. */
  async hosts(): Promise<string[]> {
    const pods = await podNames(this.run, SERVERS);
    return pods.map((pod) => `${pod}.${NAME}-headless.${this.run.namespace}.svc.cluster.local`);
  }

  /** What a server says of itself, in its own pod. */
  async role(pod: string): Promise<Role> {
    const [role] = (await this.cli(pod, 'ROLE')).split('\n');
    return role === 'master' ? 'master' : role === 'slave' ? 'replica' : 'nobody';
  }

  /** Servers by what they say they are, in the order of their names. */
  async roles(): Promise<Map<string, Role>> {
    const pods = await podNames(this.run, SERVERS);
    const roles = await Promise.all(pods.map((pod) => this.role(pod)));
    return new Map(pods.map((pod, index) => [pod, roles[index]]));
  }

  /** Pods of masters, or of replicas. */
  async serversAs(wanted: Role): Promise<string[]> {
    return [...(await this.roles())].filter(([, role]) => role === wanted).map(([pod]) => pod);
  }

  /** Runs redis-cli in a server's pod as somebody who may look; empty where that is not possible. */
  async cli(pod: string, ...words: string[]): Promise<string> {
    return this.cliAs({ username: 'probe', password: 'any' }, pod, ...words).catch(() => '');
  }

  /** The user of the witness. */
  async witnessLogin(): Promise<Login> {
    const metadata = { name: `${NAME}-user-${WITNESS}`, namespace: this.run.namespace };
    const secret = await this.run.cluster.read({ apiVersion: 'v1', kind: 'Secret', metadata });
    return { username: WITNESS, password: Buffer.from(secret?.data.password ?? '', 'base64').toString() };
  }

  /** Runs redis-cli in a server's pod as a user. */
  async cliAs({ username, password }: Login, pod: string, ...words: string[]): Promise<string> {
    const { cluster, namespace } = this.run;
    const script = `exec "$CLI" --no-auth-warning --user "${username}" $TLS_ARGS "$@"`;
    const command = ['env', `REDISCLI_AUTH=${password}`, 'sh', '-c', script, 'sh', ...words];
    const { code, stdout, stderr } = await cluster.exec(namespace, pod, command, CONTAINER);
    if (code !== 0) throw new Error(`${pod}: ${words[0]}: ${stderr || stdout}`);
    return stdout.trim();
  }
}
