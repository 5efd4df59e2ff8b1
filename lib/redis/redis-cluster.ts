import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { IRedis } from './redis-connection';
import { RedisDeployment } from './redis-deployment';
import { ImportedRedis, type RedisClusterEndpointsProps } from './redis-imported';
import { completeCluster } from './redis-model';
import type { RedisClusterProps } from './redis-props';

/** A Redis Cluster: keys are divided over shards, each a StatefulSet of a master with its replicas. */
export class RedisCluster extends RedisDeployment {
  /** A Redis Cluster that exists elsewhere, by addresses of some of its nodes. */
  static fromEndpoints(scope: Construct, id: string, props: RedisClusterEndpointsProps): IRedis {
    return ImportedRedis.cluster(scope, id, props);
  }

  /** The StatefulSets of the shards by their ids, for JSON patches with the names of the wire. */
  readonly shardSets: ReadonlyMap<number, ApiObject>;

  constructor(scope: Construct, id: string, props: RedisClusterProps) {
    super(scope, id, props, (place, environment) => completeCluster(place, props, environment));
    this.files();
    this.network();
    this.shardSets = new Map(
      this.model.shards.map((shard) => [shard.index, this.servers(shard, `shard-${shard.index}`)]),
    );
    this.jobs();
    this.steward();
    this.monitoring();
  }
}
