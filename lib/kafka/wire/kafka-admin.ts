import * as acls from './admin/acls';
import * as configs from './admin/configs';
import { groupLags } from './admin/groups';
import * as quorum from './admin/quorum';
import * as topics from './admin/topics';
import * as users from './admin/users';
import type { Api, Struct, ValueOf } from './schema';
import { type Recipient, Servers, type ServersOptions } from './servers';
import type * as types from './types';

export { tryLogin } from './connection';
export { isKafkaError } from './errors';
export type { Recipient } from './servers';

/** `Admin` over Kafka's own protocol, with connections of its own to the servers given. */
export class KafkaAdmin implements types.Admin, types.Registrations {
  private readonly servers: Servers;

  /** Lists and transport are asked for with every call, so that they may change. */
  constructor(options: ServersOptions) {
    this.servers = new Servers(options);
  }

  /** Any message; rejects where the reply has an error anywhere. */
  request<Q extends Struct, R extends Struct>(
    recipient: Recipient,
    api: Api<Q, R>,
    body: ValueOf<NoInfer<Q>>,
  ): Promise<ValueOf<R>> {
    return this.servers.call(recipient, api, body);
  }

  describe(from?: number): Promise<types.ClusterState> {
    return topics.describe(this.servers, from);
  }

  describeQuorum(via: 'brokers' | 'controllers'): Promise<types.QuorumState> {
    return quorum.describeQuorum(this.servers, via);
  }

  addVoter(voter: Parameters<types.Admin['addVoter']>[0]): Promise<void> {
    return quorum.addVoter(this.servers, voter);
  }

  removeVoter(voter: Parameters<types.Admin['removeVoter']>[0]): Promise<void> {
    return quorum.removeVoter(this.servers, voter);
  }

  unregisterBroker(id: number): Promise<void> {
    return quorum.unregisterBroker(this.servers, id);
  }

  registered(ids: readonly number[]): Promise<number[]> {
    return configs.registered(this.servers, ids);
  }

  features(): Promise<types.FeatureState[]> {
    return quorum.features(this.servers);
  }

  updateFeature(name: string, level: number, downgrade?: 'safe'): Promise<void> {
    return quorum.updateFeature(this.servers, name, level, downgrade);
  }

  describeConfigs(
    resources: readonly types.ConfigResource[],
    names?: readonly string[],
  ): Promise<Map<string, types.ConfigEntry[]>> {
    return configs.describeConfigs(this.servers, resources, names);
  }

  alterConfigs(resource: types.ConfigResource, changes: readonly types.ConfigChange[]): Promise<void> {
    return configs.alterConfigs(this.servers, resource, changes);
  }

  createTopics(added: readonly types.NewTopic[]): Promise<void> {
    return topics.createTopics(this.servers, added);
  }

  growTopic(name: string, partitions: number): Promise<void> {
    return topics.growTopic(this.servers, name, partitions);
  }

  deleteTopic(name: string): Promise<void> {
    return topics.deleteTopic(this.servers, name);
  }

  reassign(moves: readonly types.Reassignment[]): Promise<void> {
    return topics.reassign(this.servers, moves);
  }

  reassignments(): Promise<types.ReassignmentState[]> {
    return topics.reassignments(this.servers);
  }

  electPreferredLeaders(): Promise<void> {
    return topics.electPreferredLeaders(this.servers);
  }

  logDirs(broker: number): Promise<types.LogDir[]> {
    return topics.logDirs(this.servers, broker);
  }

  acls(): Promise<types.Acl[]> {
    return acls.acls(this.servers);
  }

  createAcls(added: readonly types.Acl[]): Promise<void> {
    return acls.createAcls(this.servers, added);
  }

  deleteAcls(removed: readonly types.Acl[]): Promise<void> {
    return acls.deleteAcls(this.servers, removed);
  }

  scramUsers(): Promise<Map<string, types.ScramMechanism[]>> {
    return users.scramUsers(this.servers);
  }

  setScramUser(user: string, mechanism: types.ScramMechanism, password: string): Promise<void> {
    return users.setScramUser(this.servers, user, mechanism, password);
  }

  deleteScramUser(user: string, mechanism: types.ScramMechanism): Promise<void> {
    return users.deleteScramUser(this.servers, user, mechanism);
  }

  quotas(): Promise<types.UserQuota[]> {
    return users.quotas(this.servers);
  }

  alterQuota(user: string, limits: Readonly<Record<string, number | undefined>>): Promise<void> {
    return users.alterQuota(this.servers, user, limits);
  }

  groupLags(): Promise<types.GroupLag[]> {
    return groupLags(this.servers);
  }

  close(): void {
    this.servers.close();
  }
}
