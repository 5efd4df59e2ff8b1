import type { Chart } from 'cdk8s';
import { Size } from 'cdk8s';
import { type EnvironmentProps, ZooKeeperCluster, type ZooKeeperClusterProps } from '../../../lib';
import { type Membership, parseMembership } from '../../../lib/zookeeper/wire/servers';
import { isReady, type Manifest, nameOf } from '../harness/cluster';
import { expectMembersReady } from '../harness/members-ready';
import type { Run } from '../harness/run';
import { expectStewardReady } from '../harness/subject';
import { missing } from '../harness/wait';
import { QuorumSubject } from '../quorum/quorum-subject';
import { addReader, addWitness, type WitnessProps, ZooKeeperWitness } from '../witness/zookeeper/witness';

/** Name of the ensemble of every case. */
export const NAME = 'zk';

/** Label selector of its members. */
export const MEMBERS = `cdk8s-stateful/cluster=${NAME},cdk8s-stateful/component=server`;

/** Seconds that an ensemble may take to form on a busy machine, and a member to come back. */
export const FORMING = 180;
export const RETURNING = 120;

/** What a case wants beside the usual ensemble. */
export interface EnsembleOptions {
  readonly props?: Partial<ZooKeeperClusterProps>;
  readonly witness?: WitnessProps;
  /** Seconds that it may take to form. @default FORMING */
  readonly forming?: number;
  readonly place?: Partial<EnvironmentProps>;
  /** A pod `reader` in place of the witness. @default false */
  readonly reader?: boolean;
  /** More objects in the same chart, or changes to the rendered ones. */
  readonly more?: (chart: Chart, cluster: ZooKeeperCluster) => void;
}

/** An ensemble as small as it can be. */
export const SMALL: ZooKeeperClusterProps = {
  voters: 3,
  memory: Size.mebibytes(384),
  cpu: '50m',
  storage: { data: Size.mebibytes(320) },
};

/** The ensemble of a case and its witness. */
export class Ensemble extends QuorumSubject {
  readonly witness: ZooKeeperWitness;
  readonly container = 'zookeeper';
  readonly first = `${NAME}-1`;

  constructor(
    run: Run,
    private options: EnsembleOptions = {},
  ) {
    super(run, NAME, MEMBERS);
    this.witness = new ZooKeeperWitness(run, options.forming ?? FORMING);
  }

  /** Props as they were applied last. */
  get props(): ZooKeeperClusterProps {
    return { ...SMALL, ...this.options.props };
  }

  /** Applies the ensemble; `change` is laid over the props of the last time. */
  async apply(change: Partial<ZooKeeperClusterProps> = {}): Promise<Manifest[]> {
    this.options = { ...this.options, props: { ...this.options.props, ...change } };
    const { witness, place, more, reader } = this.options;
    this.applied = await this.run.deploy(
      this.run.namespace,
      (chart) => {
        const cluster = new ZooKeeperCluster(chart, NAME, this.props);
        if (reader) addReader(chart, cluster);
        else addWitness(chart, cluster, witness);
        more?.(chart, cluster);
      },
      place,
    );
    return this.applied;
  }

  resize(voters: number): Promise<Manifest[]> {
    return this.apply({ voters });
  }

  /** Applies the ensemble, waits until all members serve and the witness writes. */
  async form(): Promise<this> {
    await this.apply();
    await this.settled(this.options.forming ?? FORMING);
    await this.witness.start();
    return this;
  }

  /** Waits until the ensemble is what was applied last: by the steward's word, and by the look of its members. */
  async settled(deadlineSeconds = RETURNING): Promise<void> {
    const { voters = 3, observers = 0, operations = 'steward' } = this.props;
    await this.run.waitFor('all members ready', deadlineSeconds, async () => {
      await expectMembersReady(this.run, NAME, voters + observers);
      if (operations === 'steward') await expectStewardReady(this.run, NAME);
    });
  }

  /** Waits until one member is ready. */
  async ready(pod: string, deadlineSeconds = RETURNING): Promise<void> {
    const { cluster, namespace } = this.run;
    await this.run.waitFor(`${pod} ready`, deadlineSeconds, async () => {
      const found = (await cluster.pods(namespace, MEMBERS)).find((each) => nameOf(each) === pod);
      if (!found || !isReady(found) || found.metadata?.deletionTimestamp) missing('it is not');
    });
  }

  /** Ids of the members with the parts that the newest membership gives them, such as `1 2 3:observer`. */
  async membership(): Promise<string> {
    const pods = (await this.run.cluster.pods(this.run.namespace, MEMBERS)).map(nameOf);
    const known = await Promise.all(pods.map(async (pod) => parseMembership(await this.ask(pod, 'conf'))));
    const [newest] = known
      .filter(({ version }) => version !== undefined)
      .sort((a, b) => Number((b.version ?? 0n) - (a.version ?? 0n)));
    return newest ? inWords(newest) : 'unknown';
  }

  async listed(): Promise<string[] | undefined> {
    const membership = await this.membership();
    if (membership === 'unknown') return undefined;
    return membership.split(' ').map((member) => `${NAME}-${member.split(':')[0]}`);
  }

  /** Every member has to know it. */
  override async expectListed(voters: number): Promise<void> {
    await this.expectMembership(Array.from({ length: voters }, (_, index) => index + 1).join(' '));
  }

  /** Fails unless every member knows exactly this membership, which a settled ensemble does. */
  async expectMembership(wanted: string): Promise<void> {
    const pods = (await this.run.cluster.pods(this.run.namespace, MEMBERS)).map(nameOf);
    for (const pod of pods) {
      const known = inWords(parseMembership(await this.ask(pod, 'conf')));
      if (known !== wanted) await this.run.fail(`${pod} knows the membership "${known}", not "${wanted}"`);
    }
  }

  /** Name of the pod that leads. */
  async leader(): Promise<string> {
    return this.run.waitFor('a leader', 60, async () => {
      const modes = await this.modes();
      const [pod] = [...modes].find(([, mode]) => mode === 'leader') ?? [];
      return pod ?? missing(`none leads: ${JSON.stringify([...modes])}`);
    });
  }

  /** Pods that follow. */
  async followers(): Promise<string[]> {
    return [...(await this.modes())].filter(([, mode]) => mode === 'follower').map(([pod]) => pod);
  }

  /** What each member says it is: leader, follower, observer, or "not serving". */
  async modes(): Promise<Map<string, string>> {
    return this.modesOf((await this.run.cluster.pods(this.run.namespace, MEMBERS)).map(nameOf));
  }

  /** What some members say they are. */
  async modesOf(pods: readonly string[]): Promise<Map<string, string>> {
    const modes = await Promise.all(
      pods.map(
        async (pod) =>
          [pod, /^Mode: (\w+)/m.exec(await this.ask(pod, 'srvr'))?.[1] ?? 'not serving'] as const,
      ),
    );
    return new Map(modes);
  }

  /** A member's answer to a four letter word; why there is none otherwise. */
  async ask(pod: string, word: string): Promise<string> {
    const script = `exec 3<>/dev/tcp/127.0.0.1/2181 && printf ${word} >&3 && timeout 4 cat <&3`;
    const { cluster, namespace } = this.run;
    return cluster.exec(namespace, pod, ['bash', '-c', script], 'zookeeper').then(
      ({ stdout }) => stdout,
      (error) => (error as Error).message,
    );
  }
}

function inWords({ servers }: Membership): string {
  return [...servers]
    .sort((a, b) => a.id - b.id)
    .map(({ id, role }) => (role === 'observer' ? `${id}:observer` : String(id)))
    .join(' ');
}
