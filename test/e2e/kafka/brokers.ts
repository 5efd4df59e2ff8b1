import type { Chart } from 'cdk8s';
import { Size } from 'cdk8s';
import {
  type EnvironmentProps,
  type KafkaBrokersProps,
  KafkaCluster,
  type KafkaClusterProps,
  type KafkaControllersProps,
  type KafkaGrantOptions,
} from '../../../lib';
import type { Manifest } from '../harness/cluster';
import { expectSetsReady } from '../harness/members-ready';
import type { Run } from '../harness/run';
import { expectStewardReady, Subject } from '../harness/subject';
import { addKafkaWitness, TOPIC } from '../witness/kafka/witness';
import { PodWitness } from '../witness/pod';
import type { Numbers } from '../witness/witness';

/** Name of the cluster of every case. */
export const NAME = 'kafka';

const OF_CLUSTER = `cdk8s-stateful/cluster=${NAME}`;

/** Label selectors of its servers. */
export const BROKERS = `${OF_CLUSTER},cdk8s-stateful/component=broker`;
export const CONTROLLERS = `${OF_CLUSTER},cdk8s-stateful/component=controller`;
export const SERVERS = `${OF_CLUSTER},cdk8s-stateful/component in (broker,controller)`;

/** Seconds that a cluster may take to form on a busy machine, a server to come back, and all to be restarted. */
export const FORMING = 300;
export const RETURNING = 240;
export const ROLLING = 540;

/** What a case wants beside the usual cluster. */
export interface BrokersOptions {
  readonly props?: Partial<KafkaClusterProps>;
  readonly witness?: KafkaGrantOptions;
  readonly place?: Partial<EnvironmentProps>;
  /** More objects in the same chart, or changes to the rendered ones; it gives what the cluster needs of them. */
  readonly before?: (chart: Chart) => Partial<KafkaClusterProps>;
}

/** So many controllers, as small as they can be. */
export const smallControllers = (count: number, founders?: number): KafkaControllersProps => ({
  count,
  founders,
  memory: Size.mebibytes(448),
  heap: Size.mebibytes(128),
  cpu: '50m',
  storage: Size.mebibytes(512),
});

/** So many brokers, as small as they can be. */
export const smallBrokers = (count: number): KafkaBrokersProps => ({
  count,
  memory: Size.mebibytes(704),
  heap: Size.mebibytes(256),
  cpu: '100m',
});

/** A cluster as small as it can be. */
export const SMALL: KafkaClusterProps = {
  controllers: smallControllers(3),
  brokers: smallBrokers(3),
  storage: Size.gibibytes(1),
  topics: { [TOPIC]: { partitions: 6 } },
};

/** The cluster of a case and its witness. */
export class Brokers extends Subject {
  readonly witness: PodWitness;

  constructor(
    run: Run,
    private options: BrokersOptions = {},
  ) {
    super(run, NAME, SERVERS);
    this.witness = new PodWitness(run, FORMING);
  }

  /** Props as they were applied last. */
  get props(): KafkaClusterProps {
    return { ...SMALL, ...this.options.props };
  }

  /** Applies the cluster; `change` is laid over the props of the last time. */
  async apply(change: Partial<KafkaClusterProps> = {}): Promise<Manifest[]> {
    this.options = { ...this.options, props: { ...this.options.props, ...change } };
    const { witness, place, before } = this.options;
    this.applied = await this.run.deploy(
      this.run.namespace,
      (chart) => {
        const props = { ...this.props, ...before?.(chart) };
        addKafkaWitness(chart, new KafkaCluster(chart, NAME, props), witness);
      },
      place,
    );
    return this.applied;
  }

  /** The same with another number of brokers, or others of their props. */
  brokers(change: object): Promise<Manifest[]> {
    const { brokers } = this.props;
    const before = typeof brokers === 'object' ? brokers : { count: brokers };
    return this.apply({ brokers: { ...before, ...change } });
  }

  /** Applies the cluster, waits until all servers serve and the witness writes. */
  async form(): Promise<this> {
    await this.apply();
    await this.settled(FORMING);
    await this.witness.start();
    return this;
  }

  /** Waits until the cluster is what was applied last: by the steward's word, and by the look of its servers. */
  async settled(deadlineSeconds = RETURNING): Promise<void> {
    const { operations = 'steward' } = this.props;
    await this.run.waitFor('all servers ready', deadlineSeconds, async () => {
      await expectSetsReady(this.run, this.applied, NAME, SERVERS);
      if (operations === 'steward') await expectStewardReady(this.run, NAME);
    });
  }

  /** Name of the pod that the status shows with a role, such as the leader of the quorum. */
  async leader(): Promise<string> {
    const { members } = await this.status();
    const [, pod] = /^(\S+) +leader /m.exec(members) ?? [];
    return pod ?? this.run.fail(`the status names no leader:\n${members}`);
  }

  /** Waits until the cluster works again and lets the witness read everything back. */
  async finish(deadlineSeconds = RETURNING): Promise<Numbers> {
    await this.settled(deadlineSeconds);
    await this.witness.writesAgain(60);
    return this.witness.stop();
  }
}
