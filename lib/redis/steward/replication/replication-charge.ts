import type { Backups } from '../../../steward/backups';
import type { Charge } from '../../../steward/charge';
import type { Cluster } from '../../../steward/cluster';
import { FormedMark } from '../../../steward/formed-mark';
import type { Objects } from '../../../steward/gather';
import { memberId, memberPod } from '../../../steward/member-pods';
import type { Status } from '../../../steward/status';
import type { Redis } from '../../wire/types';
import { type RedisStewardSettings, ROLE_LABEL, type StewardSentinel } from '../settings';
import type { RedisKeys } from '../shared/keys';
import { knownServers, serverFacts, unread, whyUnapplied } from '../shared/members';
import { redisMetrics } from '../shared/redis-metrics';
import type { RedisServices } from '../shared/services';
import { MasterWatch } from './master-watch';
import { nextReplicationStep } from './next-replication-step';
import type { ReplicationFacts, ReplicationStep, SentinelFacts, SentinelSays } from './replication-facts';
import type { Answers, Known, ReplicationMembers } from './replication-members';
import { masterOf } from './replication-state';
import { REPLICATION_EVENTS, replicationSentence, replicationStatus } from './replication-status';
import { ReplicationSteps } from './replication-steps';

/** What a server that is alone, or a master with its replicas and Sentinels, is looked after with. */
export interface RedisReplicationParts {
  readonly settings: RedisStewardSettings;
  readonly cluster: Pick<Cluster, 'objects' | 'scale' | 'evict' | 'label' | 'keepFormed' | 'keysSince'>;
  readonly members: ReplicationMembers;
  readonly keys: Pick<RedisKeys, 'certificates'>;
  readonly services: Pick<RedisServices, 'look' | 'provision' | 'reloadCertificate'>;
  readonly backups?: Backups;
  /** Called as soon as a Sentinel names another master, so that Services do not follow late. */
  readonly wake?: () => void;
}

/** A server that is alone, or a master with its replicas, which Sentinels watch over. */
export class RedisReplicationCharge implements Charge<ReplicationFacts, ReplicationStep> {
  private readonly mark: FormedMark;
  private readonly watch: MasterWatch | undefined;

  constructor(private readonly parts: RedisReplicationParts) {
    const { cluster, settings, members, wake } = parts;
    const { sentinel } = settings;
    this.mark = new FormedMark(cluster, settings.data);
    this.watch = sentinel && wake && new MasterWatch(members, sentinel.masterName, wake);
  }

  async gather(fresh: boolean): Promise<ReplicationFacts> {
    const { cluster, settings, members, keys, services, backups } = this.parts;
    const [objects] = await Promise.all([cluster.objects(fresh), backups?.look()]);
    const known = knownServers(objects, settings);
    const sentinels = settings.sentinel ? knownSentinels(objects, settings.sentinel) : [];
    this.watch?.watch(sentinels);
    const [answers, since] = await Promise.all([
      members.look(known, sentinels),
      cluster.keysSince(keys.certificates()),
    ]);
    const serving = known.filter(({ pod }) => answers.servers.get(pod)?.state === 'serving');
    const found = await services.look(this.clients(serving), unread(objects, since, Date.now()));
    return this.factsOf(objects, answers, found, since);
  }

  decide(facts: ReplicationFacts): ReplicationStep {
    return nextReplicationStep(facts);
  }

  async carryOut(facts: ReplicationFacts, step: ReplicationStep): Promise<void> {
    const { cluster, services, members, settings } = this.parts;
    switch (step.step) {
      case 'scale':
        return cluster.scale(step.set, step.replicas);
      case 'mark-formed':
        return cluster.keepFormed();
      case 'label':
        return this.label(facts, step.roles);
      case 'restart':
        return cluster.evict(step.pod, step.uid);
      case 'provision':
        return services.provision(
          this.clients(facts.servers.members.filter(({ server }) => server.state === 'serving')),
        );
      case 'reload-certificate': {
        const [redis] = this.clients(facts.servers.members.filter(({ pod }) => pod === step.pod)).values();
        return services.reloadCertificate(step.pod, redis, redis.address);
      }
      case 'wait':
      case 'rest':
        return;
      default:
        if (settings.sentinel) await new ReplicationSteps(members, settings.sentinel, facts).carryOut(step);
    }
  }

  rest(): Promise<void> {
    return this.mark.keep();
  }

  sentence(step: ReplicationStep): string {
    return replicationSentence(step);
  }

  reason(step: ReplicationStep): string {
    return REPLICATION_EVENTS[step.step];
  }

  status(facts: ReplicationFacts, step: ReplicationStep): Status {
    return replicationStatus(facts, step);
  }

  samples({ servers }: ReplicationFacts): string {
    const { settings, backups } = this.parts;
    const all = servers.members.map((server) => ({ ...server, shard: 0 }));
    return redisMetrics(settings.cluster, { servers: all }) + (backups?.samples(settings.cluster) ?? '');
  }

  /** Ends what goes on by itself. */
  close(): void {
    this.watch?.close();
  }

  /** One after the other, in their order, so that no two pods are the master's. */
  private async label(
    { servers }: ReplicationFacts,
    roles: Readonly<Record<string, 'master' | 'replica'>>,
  ): Promise<void> {
    for (const [pod, role] of Object.entries(roles)) {
      const kube = servers.members.find((each) => each.pod === pod)?.kube;
      if (kube) await this.parts.cluster.label(pod, kube.uid, { [ROLE_LABEL]: role });
    }
  }

  private factsOf(
    objects: Objects,
    answers: Answers,
    services: Awaited<ReturnType<RedisServices['look']>>,
    since: Date | undefined,
  ): ReplicationFacts {
    const { settings } = this.parts;
    const now = Date.now();
    // Servers read new keys while they run, and Sentinels do not.
    const [{ shard, replicas, servers }] = serverFacts(objects, settings, answers.servers, undefined, now);
    const labels = new Map(
      objects.pods.map(({ metadata }) => [metadata.name, metadata.labels?.[ROLE_LABEL]]),
    );
    const facts: ReplicationFacts = {
      ...services,
      unapplied: whyUnapplied(objects, settings),
      formed: objects.formed,
      keepsData: settings.keepsData,
      servers: {
        set: shard.set,
        wanted: shard.servers,
        replicas,
        members: servers.map((server) => ({ ...server, label: labels.get(server.pod) })),
      },
      sentinels:
        settings.sentinel && sentinelFacts(objects, settings.sentinel, answers.sentinels, since, now),
    };
    // Where nothing outlives a pod there is nothing to protect from being formed again.
    return settings.data === 'scratch' ? { ...facts, formed: masterOf(facts) !== undefined } : facts;
  }

  private clients(servers: readonly Known[]): Map<string, Redis> {
    return new Map(servers.map((each) => [each.pod, this.parts.members.client(each, 'addressOf')]));
  }
}

/** Sentinels that should exist, or have a pod. */
function knownSentinels({ pods }: Pick<Objects, 'pods'>, { set, count, host }: StewardSentinel) {
  const found = pods.flatMap(({ metadata }) => memberId(set, metadata.name) ?? []);
  const wanted = Array.from({ length: count }, (_, ordinal) => ordinal);
  return [...new Set([...wanted, ...found])]
    .sort((one, other) => one - other)
    .map((ordinal) => {
      const pod = `${set}-${ordinal}`;
      return { pod, host: host.replace('{pod}', pod), ordinal, wanted: ordinal < count };
    });
}

function sentinelFacts(
  objects: Objects,
  settings: StewardSentinel,
  says: ReadonlyMap<string, SentinelSays>,
  since: Date | undefined,
  now: number,
): ReplicationFacts['sentinels'] {
  const set = objects.sets.get(settings.set);
  const members = knownSentinels(objects, settings).map((sentinel): SentinelFacts => {
    const pod = objects.pods.find(({ metadata }) => metadata.name === sentinel.pod);
    return {
      ...sentinel,
      kube: pod && set && memberPod(pod, set, since, now),
      says: says.get(sentinel.pod) ?? { state: 'silent', reason: 'it was not asked' },
    };
  });
  return { set: settings.set, wanted: settings.count, replicas: set?.spec?.replicas ?? 0, members };
}
