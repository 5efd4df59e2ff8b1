import type { ApiObject } from 'cdk8s';
import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { IRedis } from './redis-connection';
import { RedisDeployment } from './redis-deployment';
import { ImportedRedis, type RedisReplicationEndpointsProps } from './redis-imported';
import { completeReplication, type RedisModel } from './redis-model';
import type { RedisReplicationProps } from './redis-props';
import type { ITwemproxyShard, RedisProxyAccess } from './twemproxy-shard';

/** A master with replicas, and Sentinels who replace it when it is gone. */
export class RedisReplication extends RedisDeployment implements ITwemproxyShard {
  /** A master with replicas that exist elsewhere, by addresses of Sentinels, of the master, or both. */
  static fromEndpoints(scope: Construct, id: string, props: RedisReplicationEndpointsProps): IRedis {
    return ImportedRedis.replication(scope, id, props);
  }

  declare readonly topology: 'replication';
  /** The StatefulSet of the servers, for JSON patches with the names of the wire. */
  readonly statefulSet: ApiObject;
  /** The StatefulSet of the Sentinels. */
  readonly sentinelSet: ApiObject;

  constructor(scope: Construct, id: string, props: RedisReplicationProps) {
    super(scope, id, props, (place, environment) => completeReplication(place, props, environment));
    const { shards, sentinel } = this.model;
    this.files();
    this.network();
    this.statefulSet = this.servers(shards[0], 'servers');
    this.sentinelSet = this.sentinels(sentinel!);
    this.jobs();
    this.steward();
    this.monitoring();
  }

  /** @internal */
  admitProxy(proxy: INetworkPolicyPeer, access: RedisProxyAccess): RedisModel {
    this.access.admit(proxy, access);
    return this.model;
  }
}
