import type { Chart } from 'cdk8s';
import { Size } from 'cdk8s';
import { type EnvironmentProps, EtcdCluster, type EtcdClusterProps } from '../../../lib';
import type { Manifest } from '../harness/cluster';
import { expectMembersReady } from '../harness/members-ready';
import type { Run } from '../harness/run';
import { expectStewardReady } from '../harness/subject';
import { missing } from '../harness/wait';
import { QuorumSubject } from '../quorum/quorum-subject';
import { addEtcdWitness, type EtcdWitnessProps } from '../witness/etcd/witness';
import { PodWitness } from '../witness/pod';

/** Name of the cluster of every case. */
export const NAME = 'etcd';

/** Label selector of its members. */
export const MEMBERS = `cdk8s-stateful/cluster=${NAME},cdk8s-stateful/component=server`;

/** Seconds that a cluster may take to form on a busy machine, and a member to come back. */
export const FORMING = 180;
export const RETURNING = 150;

/** What a case wants beside the usual cluster. */
export interface MembersOptions {
  readonly props?: Partial<EtcdClusterProps>;
  readonly witness?: EtcdWitnessProps;
  readonly place?: Partial<EnvironmentProps>;
  /** More objects in the same chart. */
  readonly more?: (chart: Chart, cluster: EtcdCluster) => void;
}

/** A cluster as small as it can be. */
export const SMALL: EtcdClusterProps = {
  members: 3,
  quota: Size.mebibytes(64),
  memory: Size.mebibytes(352),
  cpu: '50m',
  storage: { data: Size.gibibytes(1) },
};

/** What a member says of itself and of the membership, by the word of etcdctl in its container. */
interface MemberSays {
  readonly name: string;
  readonly id: string;
  readonly leader: string;
  readonly version: string;
}

/** The cluster of a case and its witness. */
export class Members extends QuorumSubject {
  readonly witness: PodWitness;
  readonly container = 'etcd';
  readonly first = `${NAME}-0`;

  constructor(
    run: Run,
    private options: MembersOptions = {},
  ) {
    super(run, NAME, MEMBERS);
    this.witness = new PodWitness(run, FORMING);
  }

  /** Props as they were applied last. */
  get props(): EtcdClusterProps {
    return { ...SMALL, ...this.options.props };
  }

  /** Applies the cluster; `change` is laid over the props of the last time. */
  async apply(change: Partial<EtcdClusterProps> = {}): Promise<Manifest[]> {
    this.options = { ...this.options, props: { ...this.options.props, ...change } };
    const { witness, place, more } = this.options;
    this.applied = await this.run.deploy(
      this.run.namespace,
      (chart) => {
        const cluster = new EtcdCluster(chart, NAME, this.props);
        addEtcdWitness(chart, cluster, witness);
        more?.(chart, cluster);
      },
      place,
    );
    return this.applied;
  }

  resize(members: number): Promise<Manifest[]> {
    return this.apply({ members });
  }

  /** Applies the cluster, waits until all members serve and the witness writes. */
  async form(): Promise<this> {
    await this.apply();
    await this.settled(FORMING);
    await this.witness.start();
    return this;
  }

  async settled(deadlineSeconds = RETURNING): Promise<void> {
    const { members = 3, operations = 'steward' } = this.props;
    await this.run.waitFor('all members ready', deadlineSeconds, async () => {
      await expectMembersReady(this.run, NAME, members);
      if (operations === 'steward') await expectStewardReady(this.run, NAME);
    });
  }

  async listed(): Promise<string[] | undefined> {
    for (const pod of await this.pods()) {
      const text = await this.etcdctl(pod, 'member', 'list', '--write-out=json');
      const { members } = (text ? JSON.parse(text) : {}) as { members?: { name?: string }[] };
      if (members) return members.map(({ name }) => name ?? 'a member that has never started');
    }
    return undefined;
  }

  async leader(): Promise<string> {
    // The container has nobody's password, so that the members tell nothing there.
    if (this.props.authentication) return (await this.told('leader'))[0];
    return this.run.waitFor('a leader', 60, async () => {
      const all = await this.say();
      // Of two who say so, the one whom more believe.
      const votes = (id: string) => all.filter(({ leader }) => leader === id).length;
      const [leader] = all
        .filter(({ id, leader }) => id === leader)
        .sort((a, b) => votes(b.id) - votes(a.id));
      return leader && votes(leader.id) > all.length / 2
        ? leader.name
        : missing(`none leads: ${JSON.stringify(all)}`);
    });
  }

  async followers(): Promise<string[]> {
    if (this.props.authentication) return this.told('follower');
    const leader = await this.leader();
    return (await this.say()).map(({ name }) => name).filter((name) => name !== leader);
  }

  /** What those members say that answer. */
  async say(): Promise<MemberSays[]> {
    const all = await Promise.all(
      (await this.pods()).map(async (name): Promise<MemberSays[]> => {
        const text = await this.etcdctl(name, 'endpoint', 'status', '--write-out=json');
        if (!text) return [];
        // Ids are beyond what numbers of JSON are exact to.
        const id = /"member_id":(\d+)/.exec(text)?.[1] ?? '';
        const leader = /"leader":(\d+)/.exec(text)?.[1] ?? '';
        const version = /"version":"([\d.]+)"/.exec(text)?.[1] ?? '';
        return [{ name, id, leader, version }];
      }),
    );
    return all.flat();
  }

  /** Runs etcdctl in a member's container; empty where that is not possible. */
  async etcdctl(pod: string, ...args: string[]): Promise<string> {
    const { cluster, namespace } = this.run;
    // Variables of the container say where, and with which keys.
    const command = ['/usr/local/bin/etcdctl', '--command-timeout=4s', ...args];
    return cluster.exec(namespace, pod, command, this.container).then(
      ({ code, stdout }) => (code === 0 ? stdout : ''),
      () => '',
    );
  }

  /** Names of the pods that the status shows with a role. */
  private async told(role: string): Promise<string[]> {
    const { members } = await this.status();
    const pods = [...members.matchAll(new RegExp(`^(\\S+) +${role} `, 'gm'))].map(([, pod]) => pod);
    return pods.length > 0 ? pods : this.run.fail(`the status names no ${role}:\n${members}`);
  }

  private async pods(): Promise<string[]> {
    const pods = await this.run.cluster.pods(this.run.namespace, MEMBERS);
    return pods.map((pod) => pod.metadata?.name ?? '');
  }
}
