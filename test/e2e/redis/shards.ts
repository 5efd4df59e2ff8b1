import { type Chart, Size } from 'cdk8s';
import { RedisCluster, type RedisClusterProps } from '../../../lib/redis';
import { podNames } from '../faults/pods';
import { addRedisWitness } from '../witness/redis/witness';
import { Deployment, NAME, SERVERS } from './deployment';

/** A Redis Cluster as small as it can be. */
export const SMALL: RedisClusterProps = {
  shards: 3,
  replicas: 1,
  memory: Size.mebibytes(96),
  cpu: '50m',
  storage: Size.mebibytes(320),
};

/** A Redis Cluster. */
export class Shards extends Deployment<RedisClusterProps> {
  get props(): RedisClusterProps {
    return { ...SMALL, ...this.options.props };
  }

  protected render(chart: Chart): void {
    addRedisWitness(chart, new RedisCluster(chart, NAME, this.props), this.options.witness);
  }

  /** Name of the pod that says it is the master of a shard. */
  async masterOf(shard: number): Promise<string> {
    const masters = (await this.serversAs('master')).filter((pod) => shardOf(pod) === shard);
    return masters.length === 1
      ? masters[0]
      : this.run.fail(`masters of shard ${shard} are ${masters.join(', ') || 'nobody'}`);
  }

  /** How many slots each shard's master has, by the word of the first node. */
  async slots(): Promise<Map<number, number>> {
    const [pod] = await podNames(this.run, SERVERS);
    const nodes = await this.cliAs(await this.witnessLogin(), pod, 'CLUSTER', 'NODES');
    const slots = new Map<number, number>();
    for (const line of nodes.split('\n')) {
      const [, address, , , , , , , ...ranges] = line.trim().split(' ');
      const count = ranges
        .filter((range) => !range.startsWith('['))
        .map((range) => range.split('-').map(Number))
        .reduce((sum, [from, to = from]) => sum + to - from + 1, 0);
      const shard = shardOf(address.split(',')[1].split('.')[0]);
      slots.set(shard, (slots.get(shard) ?? 0) + count);
    }
    return slots;
  }
}

/** Shard of a pod, `redis-<shard>-<ordinal>`. */
export const shardOf = (pod: string): number => Number(pod.split('-').at(-2));
