import { setTimeout as delay } from 'node:timers/promises';
import { isDefragmenting } from '../../../lib/etcd/steward/defrag-inflight';
import { Maintenance, type MaintenanceView, type ReachedMember } from '../../../lib/etcd/steward/maintenance';
import type { Objection } from '../../../lib/steward/facts';
import type { EtcdCluster } from '../../support/etcd-cluster';

/** A real cluster on loopback that is maintained as the steward does, with a clock that can be put forward. */
export class MaintainedCluster {
  /** What was done, in order; members that led when they were defragmented are told as such. */
  readonly done: string[] = [];
  /** How many were defragmented at once, at most, by their own word. */
  mostAtOnce = 0;
  private readonly maintenance: Maintenance;
  private ahead = 0;

  constructor(
    private readonly cluster: EtcdCluster,
    settings: ConstructorParameters<typeof Maintenance>[0],
  ) {
    this.maintenance = new Maintenance(settings, {
      now: () => performance.now() + this.ahead,
      defragmenting: (id) => isDefragmenting(cluster.servers[id].metrics, 2_000),
    });
  }

  forward(ms: number): void {
    this.ahead += ms;
  }

  /** Does what is due until nothing is; gives what people have to do. */
  async settle(): Promise<Objection | undefined> {
    for (let laps = 0; laps < 200; laps++) {
      const { chore, trouble } = await this.maintenance.look(await this.view());
      if (!chore) return trouble;
      if (chore.busy) await delay(50);
      else await this.maintenance.maintain();
    }
    throw new Error(`it never comes to an end: ${this.done.join(', ')}`);
  }

  async sizes(): Promise<number[]> {
    const statuses = await Promise.all(this.cluster.servers.map((_, id) => this.cluster.client(id).status()));
    return statuses.map(({ dbSize }) => dbSize);
  }

  async leader(): Promise<number> {
    return (await this.view()).leader ?? Number.NaN;
  }

  private async view(): Promise<MaintenanceView> {
    const entries = await this.cluster.client(0).memberList();
    const members = await Promise.all(
      this.cluster.servers.map(async (_, id): Promise<ReachedMember> => {
        const name = `etcd-${id}`;
        const entry = entries.find((each) => each.name === name);
        const status = await this.cluster
          .client(id)
          .status()
          .catch(() => undefined);
        return { id, name, memberId: entry?.id ?? 0n, status, api: this.recorded(id) };
      }),
    );
    const led = members.find(({ status }) => status)?.status?.leader;
    return { members, leader: members.find(({ memberId }) => memberId === led)?.id };
  }

  private recorded(id: number): ReachedMember['api'] {
    const { cluster, done } = this;
    const api = cluster.client(id);
    const noted =
      <A extends unknown[]>(what: string, call: (...args: A) => Promise<void>) =>
      (...args: A) => {
        done.push(what);
        return call.apply(api, args);
      };
    return {
      status: () => api.status(),
      alarms: () => api.alarms(),
      compact: noted('compact', api.compact),
      disarm: noted('disarm', api.disarm),
      moveLeader: noted(`etcd-${id} hands over`, api.moveLeader),
      defragment: async (signal) => {
        const { leader, memberId } = await api.status();
        done.push(`defragment etcd-${id}${leader === memberId ? ', the leader' : ''}`);
        const running = api.defragment(signal);
        const others = await Promise.all(
          cluster.servers.map((server) => isDefragmenting(server.metrics, 2_000)),
        );
        this.mostAtOnce = Math.max(this.mostAtOnce, others.filter((each) => each).length);
        return running;
      },
    };
  }
}
