import type { Backups } from '../../../steward/backups';
import type { Charge } from '../../../steward/charge';
import type { Cluster } from '../../../steward/cluster';
import { FormedMark } from '../../../steward/formed-mark';
import type { Objects } from '../../../steward/gather';
import type { Status } from '../../../steward/status';
import type { Redis } from '../../wire/types';
import type { RedisStewardSettings } from '../settings';
import type { RedisKeys } from '../shared/keys';
import { knownServers, serverFacts, unread, whyUnapplied } from '../shared/members';
import { redisMetrics } from '../shared/redis-metrics';
import type { RedisServices } from '../shared/services';
import { NodeSteps } from './carry-out';
import type { ClusterNodes, ObservedNode } from './cluster-adapter';
import type { ClusterFacts, ClusterNode, ClusterStep, ShardFacts } from './cluster-facts';
import { ownEntry } from './cluster-observe';
import { CLUSTER_EVENTS, clusterSentence, clusterStatus } from './cluster-status';
import { nextClusterStep } from './next-cluster-step';
import { slotsIn } from './slots';

/** Most slots that are moved before everything is looked at again, unless it is told another number. */
const SLOTS_AT_A_TIME = 1_024;

/** What a Redis Cluster is looked after with. */
export interface RedisClusterParts {
  readonly settings: RedisStewardSettings;
  readonly cluster: Pick<Cluster, 'objects' | 'scale' | 'evict' | 'keepFormed' | 'keysSince'>;
  readonly nodes: ClusterNodes;
  readonly keys: Pick<RedisKeys, 'certificates'>;
  readonly services: Pick<RedisServices, 'look' | 'provision' | 'reloadCertificate'>;
  readonly backups?: Backups;
}

/** A Redis Cluster: shards, each a StatefulSet of a master and its replicas. */
export class RedisClusterCharge implements Charge<ClusterFacts, ClusterStep> {
  private readonly mark: FormedMark;

  constructor(private readonly parts: RedisClusterParts) {
    this.mark = new FormedMark(parts.cluster, parts.settings.data);
  }

  async gather(fresh: boolean): Promise<ClusterFacts> {
    const { cluster, settings, nodes, keys, services, backups } = this.parts;
    const [objects] = await Promise.all([cluster.objects(fresh), backups?.look()]);
    const [observed, since] = await Promise.all([
      nodes.look(knownServers(objects, settings)),
      cluster.keysSince(keys.certificates()),
    ]);
    const found = await services.look(this.serving(observed), unread(objects, since, Date.now()));
    return this.factsOf(objects, observed, found);
  }

  decide(facts: ClusterFacts): ClusterStep {
    return nextClusterStep(facts);
  }

  async carryOut(facts: ClusterFacts, step: ClusterStep, mayGoOn: () => void): Promise<void> {
    const { cluster, nodes, services } = this.parts;
    switch (step.step) {
      case 'scale':
        return cluster.scale(this.setOf(step.shard), step.replicas);
      case 'mark-formed':
        return cluster.keepFormed();
      case 'restart':
        return cluster.evict(step.pod, step.uid);
      case 'provision':
        return services.provision(this.clients(facts));
      case 'reload-certificate': {
        const redis = nodes.redis(step.pod);
        return services.reloadCertificate(step.pod, redis, redis.address);
      }
      case 'wait':
      case 'rest':
        return;
      default:
        await new NodeSteps(nodes, facts).carryOut(step, mayGoOn);
    }
  }

  rest(): Promise<void> {
    return this.mark.keep();
  }

  sentence(step: ClusterStep): string {
    return clusterSentence(step);
  }

  reason(step: ClusterStep): string {
    return CLUSTER_EVENTS[step.step];
  }

  status(facts: ClusterFacts, step: ClusterStep): Status {
    return clusterStatus(facts, step);
  }

  samples({ nodes }: ClusterFacts): string {
    const { settings, backups } = this.parts;
    const own = redisMetrics(settings.cluster, { servers: nodes, slots: slotsByShard(nodes) });
    return own + (backups?.samples(settings.cluster) ?? '');
  }

  private factsOf(
    objects: Objects,
    observed: ReadonlyMap<string, ObservedNode>,
    services: Awaited<ReturnType<RedisServices['look']>>,
  ): ClusterFacts {
    const { settings } = this.parts;
    const says = new Map([...observed].map(([pod, node]) => [pod, node.says]));
    // Servers read new keys while they run.
    const shards = serverFacts(objects, settings, says, undefined, Date.now());
    const all = shards.flatMap(({ shard, servers }) =>
      servers.map((server) => {
        const { view, memory } = observed.get(server.pod) ?? {};
        return { ...server, shard: shard.index, view, memory };
      }),
    );
    const hasSlots = all.some(({ view }) => view && slotsIn(ownEntry(view).slots).length > 0);
    return {
      ...services,
      unapplied: whyUnapplied(objects, settings),
      // Where nothing outlives a pod there is nothing to protect from being formed again.
      formed: settings.data === 'scratch' ? hasSlots : objects.formed,
      keepsData: settings.keepsData,
      restores: settings.restores,
      slotsAtATime: settings.slotsAtATime ?? SLOTS_AT_A_TIME,
      shards: shards.map(
        ({ shard, replicas }): ShardFacts => ({
          index: shard.index,
          set: shard.set,
          servers: shard.servers,
          replicas,
          leaving: shard.leaving,
        }),
      ),
      nodes: all,
    };
  }

  private serving(observed: ReadonlyMap<string, ObservedNode>): Map<string, Redis> {
    const pods = [...observed].flatMap(([pod, { says }]) => (says.state === 'serving' ? pod : []));
    return new Map(pods.map((pod) => [pod, this.parts.nodes.redis(pod)]));
  }

  private clients({ nodes }: ClusterFacts): Map<string, Redis> {
    const pods = nodes.flatMap(({ pod, server }) => (server.state === 'serving' ? pod : []));
    return new Map(pods.map((pod) => [pod, this.parts.nodes.redis(pod)]));
  }

  private setOf(index: number): string {
    const shard = this.parts.settings.shards.find((each) => each.index === index);
    if (!shard) throw new Error(`shard ${index} is in no manifest`);
    return shard.set;
  }
}

/** How many slots the masters of each shard have by their own word; undefined while nobody says anything. */
function slotsByShard(nodes: readonly ClusterNode[]): Map<number, number> | undefined {
  const slots = new Map<number, number>();
  for (const { shard, view } of nodes) {
    if (view) slots.set(shard, (slots.get(shard) ?? 0) + slotsIn(ownEntry(view).slots).length);
  }
  return slots.size > 0 ? slots : undefined;
}
