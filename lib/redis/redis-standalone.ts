import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { IRedis } from './redis-connection';
import { RedisDeployment } from './redis-deployment';
import { ImportedRedis, type RedisStandaloneEndpointsProps } from './redis-imported';
import { completeStandalone } from './redis-model';
import type { RedisStandaloneProps } from './redis-props';

/** A single server, for development: nothing takes its place when it fails or moves. */
export class RedisStandalone extends RedisDeployment {
  /** A server that exists elsewhere, by its address. */
  static fromEndpoints(scope: Construct, id: string, props: RedisStandaloneEndpointsProps): IRedis {
    return ImportedRedis.standalone(scope, id, props);
  }

  /** The StatefulSet, for JSON patches with the names of the wire. */
  readonly statefulSet: ApiObject;

  constructor(scope: Construct, id: string, props: RedisStandaloneProps) {
    super(scope, id, props, (place, environment) => completeStandalone(place, props, environment));
    this.files();
    this.network();
    this.statefulSet = this.servers(this.model.shards[0], 'servers');
    this.jobs();
    this.steward();
    this.monitoring();
  }
}
