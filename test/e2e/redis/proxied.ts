import type { Chart } from 'cdk8s';
import {
  RedisReplication,
  type RedisReplicationProps,
  Twemproxy,
  type TwemproxyProps,
} from '../../../lib/redis';
import type { Run } from '../harness/run';
import { expectStewardReady } from '../harness/subject';
import { missing } from '../harness/wait';
import { PodWitness } from '../witness/pod';
import { addProxyWitness } from '../witness/redis/witness';
import type { Numbers } from '../witness/witness';
import { ROLLING } from './deployment';
import { SMALL } from './replication';

/** Name of the proxy of every case. */
export const PROXY = 'proxy';

/** Seconds that the shards and the proxy may take to come up. */
const FORMING = 300;

/** What is put into a chart. */
export interface ProxiedProps {
  /** Names of the shards, and of those that leave. */
  readonly shards: readonly string[];
  readonly leaving?: readonly string[];
  readonly shard?: Partial<RedisReplicationProps>;
  readonly proxy?: Partial<TwemproxyProps>;
}

/** Shards behind a proxy, and a witness that knows the proxy alone. */
export class Proxied {
  readonly witness: PodWitness;
  private readonly first: readonly string[];

  constructor(
    readonly run: Run,
    private props: ProxiedProps,
  ) {
    this.first = props.shards;
    this.witness = new PodWitness(run, FORMING);
  }

  async apply(change: Partial<ProxiedProps> = {}): Promise<void> {
    this.props = { ...this.props, ...change };
    await this.run.deploy(this.run.namespace, (chart) => this.render(chart));
  }

  async form(): Promise<this> {
    await this.apply();
    await this.settled(FORMING);
    await this.witness.start();
    return this;
  }

  /** Waits until all shards, and all proxies, are as they were applied. */
  async settled(deadlineSeconds = ROLLING): Promise<void> {
    const { shards, leaving = [] } = this.props;
    await this.run.waitFor('shards and proxies ready', deadlineSeconds, async () => {
      for (const shard of [...shards, ...leaving]) await expectStewardReady(this.run, shard);
      await this.expectProxies();
    });
  }

  async finish(): Promise<Numbers> {
    await this.settled();
    await this.witness.writesAgain(60);
    return this.witness.stop();
  }

  private render(chart: Chart): void {
    const { shards, leaving = [], shard, proxy } = this.props;
    const made = (name: string) =>
      [name, new RedisReplication(chart, name, { ...SMALL, replicas: 1, ...shard })] as const;
    const twemproxy = new Twemproxy(chart, PROXY, {
      clientConnections: 100,
      cpu: '20m',
      ...proxy,
      shards: Object.fromEntries(shards.map(made)),
      leaving: Object.fromEntries(leaving.map(made)),
    });
    addProxyWitness(chart, twemproxy, this.first);
  }

  private async expectProxies(): Promise<void> {
    const { cluster, namespace } = this.run;
    const { metadata, spec, status } = await cluster.apps.readNamespacedDeployment({
      namespace,
      name: PROXY,
    });
    const wanted = spec?.replicas;
    const { observedGeneration, replicas, updatedReplicas, readyReplicas = 0 } = status ?? {};
    if (observedGeneration !== metadata?.generation)
      missing('the Deployment of the proxies is not rolled out yet');
    if (replicas !== wanted || updatedReplicas !== wanted || readyReplicas !== wanted)
      missing(`of ${wanted} proxies ${updatedReplicas} are new, and ${readyReplicas} ready`);
  }
}
