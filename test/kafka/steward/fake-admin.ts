import type {
  Acl,
  Admin,
  ClusterState,
  ConfigChange,
  ConfigEntry,
  ConfigResource,
  FeatureState,
  GroupLag,
  LogDir,
  NewTopic,
  QuorumReplica,
  QuorumState,
  Reassignment,
  ReassignmentState,
  Registrations,
  ScramMechanism,
  UserQuota,
} from '../../../lib/kafka/wire/types';
import { KafkaError } from '../../../lib/kafka/wire/types';
import { FakeKafka, moving, replicaOf } from './fake-kafka';

const CAPACITY = 1_000_000;

/** What a client sees of a cluster in memory, and does to it. It refuses what Kafka refuses, with Kafka's codes. */
export class FakeAdmin extends FakeKafka implements Admin, Registrations {
  /** What was called, changes only. */
  readonly changes: string[] = [];
  /** What was called otherwise. */
  readonly looks: string[] = [];
  /** Called before each call; an error that it throws is that of the call, which then does nothing. */
  before: (call: string, change: boolean) => void = () => undefined;
  closed = false;

  async describe(from?: number): Promise<ClusterState> {
    this.look(from === undefined ? 'describe' : `describe ${from}`, from);
    return {
      clusterId: this.clusterId,
      controllerId: this.controllerId,
      brokers: [...this.brokersById.values()]
        .filter(({ serving }) => serving)
        .map(({ id, host, port, rack }) => ({ id, host, port, rack })),
      topics: [...this.topicsByName].map(([name, { internal, partitions }]) => ({
        name,
        internal,
        partitions: partitions.map(({ leader, replicas, isr }, partition) => ({
          partition,
          leader,
          replicas: [...replicas],
          isr: [...isr],
          offlineReplicas: replicas.filter((id) => !this.serves(id)),
        })),
      })),
    };
  }

  async describeQuorum(via: 'brokers' | 'controllers'): Promise<QuorumState> {
    this.look(`describeQuorum ${via}`);
    if (this.quorumLeader === -1) throw new KafkaError('LEADER_NOT_AVAILABLE', 'the quorum has no leader');
    const { voters, observers, quorumLeader: leaderId } = this;
    const highWatermark = Math.max(0, ...voters.map(({ logEndOffset }) => logEndOffset));
    return { leaderId, leaderEpoch: 1, highWatermark, voters: [...voters], observers: [...observers] };
  }

  async addVoter({ clusterId, id, directoryId }: Parameters<Admin['addVoter']>[0]): Promise<void> {
    this.change(`addVoter ${id}`);
    this.checkClusterId(clusterId);
    if (this.voters.some((voter) => voter.id === id)) {
      throw new KafkaError('DUPLICATE_VOTER', `${id} is a voter already`);
    }
    const same = (each: QuorumReplica) => each.id === id && each.directoryId === directoryId;
    this.voters.push(this.observers.find(same) ?? replicaOf(id, directoryId));
    this.observers = this.observers.filter((each) => !same(each));
  }

  async removeVoter({ clusterId, id, directoryId }: Parameters<Admin['removeVoter']>[0]): Promise<void> {
    this.change(`removeVoter ${id}`);
    this.checkClusterId(clusterId);
    const gone = this.voters.find((voter) => voter.id === id && voter.directoryId === directoryId);
    if (!gone) throw new KafkaError('VOTER_NOT_FOUND', `${id} with directory ${directoryId} is no voter`);
    this.voters = this.voters.filter((voter) => voter !== gone);
    this.observers.push(gone);
    if (this.quorumLeader === id) this.quorumLeader = this.voters[0]?.id ?? -1;
  }

  async unregisterBroker(id: number): Promise<void> {
    this.change(`unregisterBroker ${id}`);
    if (!this.brokersById.has(id))
      throw new KafkaError('BROKER_ID_NOT_REGISTERED', `broker ${id} is not registered`);
    this.stop(id);
    this.brokersById.delete(id);
  }

  async features(): Promise<FeatureState[]> {
    this.look('features');
    return this.featureList.map((feature) => ({ ...feature }));
  }

  async updateFeature(name: string, level: number, downgrade?: 'safe'): Promise<void> {
    this.change(`updateFeature ${name} ${level}`);
    const found = this.featureList.find((feature) => feature.name === name);
    if (!found || level < found.min || level > found.max) {
      throw new KafkaError('INVALID_UPDATE_VERSION', `${name} cannot be ${level}`);
    }
    if (level < found.finalized && !downgrade) {
      throw new KafkaError(
        'INVALID_UPDATE_VERSION',
        `${name} is ${found.finalized} and cannot be lowered without saying so`,
      );
    }
    this.featureList = this.featureList.map((each) =>
      each === found ? { ...each, finalized: level } : each,
    );
  }

  async registered(ids: readonly number[]): Promise<number[]> {
    this.look('registered');
    return ids.filter((id) => this.brokersById.has(id));
  }

  async describeConfigs(
    resources: readonly ConfigResource[],
    names?: readonly string[],
  ): Promise<Map<string, ConfigEntry[]>> {
    this.look(`describeConfigs ${resources.map(({ type, name }) => `${type}:${name}`).join(' ')}`);
    return new Map(
      resources.map((resource): [string, ConfigEntry[]] => {
        const entries = this.entriesOf(resource);
        const source = sourceOf(resource);
        const own = [...entries].map(
          ([name, value]): ConfigEntry => ({ name, value, readOnly: false, source }),
        );
        const inherited = resource.type === 'topic' ? this.inherited(entries) : [];
        return [resource.name, [...own, ...inherited].filter(({ name }) => names?.includes(name) ?? true)];
      }),
    );
  }

  async alterConfigs(resource: ConfigResource, changes: readonly ConfigChange[]): Promise<void> {
    const words = changes.map(([name, value]) => (value === undefined ? `-${name}` : `${name}=${value}`));
    this.change(`alterConfigs ${resource.type}:${resource.name} ${words.join(' ')}`);
    const entries = this.entriesOf(resource);
    this.checkConfigs(changes.map(([name]) => name));
    if (
      resource.type === 'broker' &&
      changes.some(([name, value]) => name === 'min.insync.replicas' && value === undefined)
    ) {
      throw new KafkaError(
        'INVALID_CONFIG',
        'Cluster level min.insync.replicas cannot be removed while ELR is enabled.',
      );
    }
    for (const [name, value] of changes) {
      if (value === undefined) entries.delete(name);
      else entries.set(name, value);
    }
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    this.change(`createTopics ${topics.map(({ name }) => name).join(' ')}`);
    for (const { name, partitions, replicationFactor, configs } of topics) {
      if (!/^[\w.-]{1,249}$/.test(name))
        throw new KafkaError('INVALID_TOPIC_EXCEPTION', `${name} is no name`);
      if (this.topicsByName.has(name)) throw new KafkaError('TOPIC_ALREADY_EXISTS', `${name} exists`);
      if (partitions < 1) throw new KafkaError('INVALID_PARTITIONS', `${name} has no partition`);
      this.checkConfigs(Object.keys(configs));
      const replicas = Array.from({ length: partitions }, (_, at) => this.place(at, replicationFactor));
      this.put(name, replicas, configs);
    }
  }

  async growTopic(name: string, partitions: number): Promise<void> {
    this.change(`growTopic ${name} ${partitions}`);
    const topic = this.topic(name);
    const { length } = topic.partitions;
    if (partitions <= length) {
      throw new KafkaError(
        'INVALID_PARTITIONS',
        `${name} has ${length} partitions, and ${partitions} are asked for`,
      );
    }
    const factor = topic.partitions[0].replicas.length;
    for (let at = length; at < partitions; at++)
      topic.partitions.push(this.newPartition(this.place(at, factor)));
  }

  async deleteTopic(name: string): Promise<void> {
    this.change(`deleteTopic ${name}`);
    this.topic(name);
    this.topicsByName.delete(name);
  }

  async reassign(moves: readonly Reassignment[]): Promise<void> {
    this.change(`reassign ${moves.map(({ topic, partition }) => `${topic}-${partition}`).join(' ')}`);
    for (const { topic, partition: number, replicas } of moves) {
      const partition = this.partition(topic, number);
      const before = partition.replicas.filter((id) => !partition.adding.includes(id));
      if (replicas === undefined) {
        if (!moving(partition)) continue;
        Object.assign(partition, { replicas: before, adding: [], removing: [] });
        partition.isr = partition.isr.filter((id) => before.includes(id));
        this.lead(partition);
        continue;
      }
      const strange = replicas.find((id) => !this.brokersById.has(id));
      if (strange !== undefined || replicas.length === 0 || new Set(replicas).size < replicas.length) {
        throw new KafkaError(
          'INVALID_REPLICA_ASSIGNMENT',
          `${topic}-${number} cannot be on ${replicas.join(', ')}`,
        );
      }
      const removing = before.filter((id) => !replicas.includes(id));
      const adding = replicas.filter((id) => !before.includes(id));
      Object.assign(partition, { replicas: [...replicas, ...removing], adding, removing });
      if (adding.length === 0) this.endMove(partition);
    }
  }

  async reassignments(): Promise<ReassignmentState[]> {
    this.look('reassignments');
    return [...this.topicsByName].flatMap(([topic, { partitions }]) =>
      partitions.flatMap((each, partition) =>
        moving(each)
          ? [
              {
                topic,
                partition,
                replicas: [...each.replicas],
                adding: [...each.adding],
                removing: [...each.removing],
              },
            ]
          : [],
      ),
    );
  }

  async electPreferredLeaders(): Promise<void> {
    this.change('electPreferredLeaders');
    for (const partition of this.partitions()) {
      const [preferred] = partition.replicas;
      if (this.serves(preferred) && partition.isr.includes(preferred)) partition.leader = preferred;
    }
  }

  async logDirs(broker: number): Promise<LogDir[]> {
    this.look(`logDirs ${broker}`, broker);
    const { directories } = this.broker(broker);
    const all = [...this.topicsByName].flatMap(([topic, { partitions }]) =>
      partitions.flatMap(({ replicas, bytes }, partition) =>
        replicas.includes(broker)
          ? [{ topic, partition, sizeBytes: bytes, offsetLag: 0, isFuture: false }]
          : [],
      ),
    );
    return directories.map(({ path, error }, at) => {
      const replicas = error ? [] : all.filter((_, index) => index % directories.length === at);
      const used = replicas.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      return { path, error, totalBytes: CAPACITY, usableBytes: CAPACITY - used, replicas };
    });
  }

  async acls(): Promise<Acl[]> {
    this.look('acls');
    return [...this.aclList];
  }

  async createAcls(acls: readonly Acl[]): Promise<void> {
    this.change(`createAcls ${acls.length}`);
    const there = new Set(this.aclList.map(aclText));
    this.aclList.push(...acls.filter((acl) => !there.has(aclText(acl))));
  }

  async deleteAcls(acls: readonly Acl[]): Promise<void> {
    this.change(`deleteAcls ${acls.length}`);
    const gone = new Set(acls.map(aclText));
    this.aclList = this.aclList.filter((acl) => !gone.has(aclText(acl)));
  }

  async scramUsers(): Promise<Map<string, ScramMechanism[]>> {
    this.look('scramUsers');
    return new Map([...this.passwords].map(([user, byMechanism]) => [user, [...byMechanism.keys()]]));
  }

  async setScramUser(user: string, mechanism: ScramMechanism, password: string): Promise<void> {
    this.change(`setScramUser ${user} ${mechanism}`);
    if (password === '') throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'the password is empty');
    this.passwords.set(user, new Map([...(this.passwords.get(user) ?? []), [mechanism, password]]));
  }

  async deleteScramUser(user: string, mechanism: ScramMechanism): Promise<void> {
    this.change(`deleteScramUser ${user} ${mechanism}`);
    const byMechanism = this.passwords.get(user);
    if (!byMechanism?.delete(mechanism))
      throw new KafkaError('RESOURCE_NOT_FOUND', `${user} has no ${mechanism}`);
    if (byMechanism.size === 0) this.passwords.delete(user);
  }

  async quotas(): Promise<UserQuota[]> {
    this.look('quotas');
    return [...this.quotasByUser].map(([user, limits]) => ({ user, limits: { ...limits } }));
  }

  async alterQuota(user: string, limits: Readonly<Record<string, number | undefined>>): Promise<void> {
    this.change(`alterQuota ${user}`);
    const all = Object.entries({ ...this.quotasByUser.get(user), ...limits });
    const left = all.filter((entry): entry is [string, number] => entry[1] !== undefined);
    if (left.length > 0) this.quotasByUser.set(user, Object.fromEntries(left));
    else this.quotasByUser.delete(user);
  }

  async groupLags(): Promise<GroupLag[]> {
    this.look('groupLags');
    return [...this.lags];
  }

  close(): void {
    this.closed = true;
  }

  private look(call: string, broker?: number): void {
    this.looks.push(call);
    this.answer(call, false, broker);
  }

  private change(call: string): void {
    this.answer(call, true);
    this.changes.push(call);
  }

  private answer(call: string, change: boolean, broker?: number): void {
    this.before(call, change);
    const serves =
      broker === undefined ? [...this.brokersById.keys()].some((id) => this.serves(id)) : this.serves(broker);
    if (!serves)
      throw new Error(broker === undefined ? 'no broker answers' : `broker ${broker} does not answer`);
  }

  private inherited(own: ReadonlyMap<string, string>): ConfigEntry[] {
    return [...this.topicDefaults]
      .filter(([name]) => !own.has(name))
      .map(([name, value]): ConfigEntry => {
        const dynamic = this.brokerConfigs.get('')?.get(name);
        const source = dynamic === undefined ? 'default' : 'default-broker';
        return { name, value: dynamic ?? value, readOnly: false, source };
      });
  }

  private entriesOf({ type, name }: ConfigResource): Map<string, string> {
    if (type === 'topic') return this.topic(name).configs;
    const entries =
      this.brokerConfigs.get(`${type === 'group' ? 'group ' : ''}${name}`) ?? new Map<string, string>();
    this.brokerConfigs.set(`${type === 'group' ? 'group ' : ''}${name}`, entries);
    return entries;
  }

  private checkConfigs(names: readonly string[]): void {
    const invalid = names.find((name) => this.invalidConfigs.has(name));
    if (invalid) throw new KafkaError('INVALID_CONFIG', `${invalid} is invalid`);
  }

  private checkClusterId(clusterId: string): void {
    if (clusterId !== this.clusterId)
      throw new KafkaError('INCONSISTENT_CLUSTER_ID', `this is not ${clusterId}`);
  }
}

function sourceOf({ type, name }: ConfigResource): ConfigEntry['source'] {
  if (type === 'broker') return name === '' ? 'default-broker' : 'broker';
  return type;
}

function aclText({ resource, name, pattern, principal, host, operation, permission }: Acl): string {
  return JSON.stringify([resource, name, pattern, principal, host, operation, permission]);
}
