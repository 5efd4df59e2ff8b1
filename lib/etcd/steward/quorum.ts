import type { X509Certificate } from 'node:crypto';
import type { Observed, QuorumSystem } from '../../steward/adapter';
import type { Objection, Part, Server } from '../../steward/facts';
import type { EtcdMember } from '../api/types';
import { ETCD_LINES } from '../etcd-version';
import { type Look, serverOf, statusesOf } from './look';
import type { Maintenance } from './maintenance';
import type { EtcdMembers } from './members';
import { type ChangeTiming, Membership } from './membership';
import { observe } from './observe';
import { type Places, strangersObjection } from './places';
import type { EtcdProvisioner } from './provision';
import { forceObjection, lastResort } from './recovery';
import { clusterIdOf, remainsOf } from './remains';
import type { EtcdStewardSettings } from './settings';
import { upgradeObstacle } from './upgrade';
import { clusterVersion } from './version';

/** Times of the adapter, in milliseconds. */
const TIMING: ChangeTiming = {
  probe: 2_000,
  change: { forMs: 8_000, pauseMs: 500 },
  notice: { forMs: 5_000, pauseMs: 150 },
};

/** What the adapter works with, besides its settings. */
export interface EtcdQuorumParts {
  readonly members: EtcdMembers;
  /** @default - nothing is provisioned */
  readonly provisioner?: Pick<EtcdProvisioner, 'look' | 'provision'>;
  /** @default - nothing is maintained */
  readonly maintenance?: Pick<Maintenance, 'look' | 'maintain'> &
    Partial<Pick<Maintenance, 'busy' | 'samples'>>;
  readonly timing?: ChangeTiming;
}

/** A cluster as the steward sees and changes it: by requests to its members, and by what their gates report. */
export class EtcdQuorum implements QuorumSystem {
  readonly invites = true;
  private readonly members: EtcdMembers;
  private readonly timing: ChangeTiming;
  private readonly membership: Membership;
  private seen: Look = { answers: new Map() };
  /** What was known while a leader served. */
  private clusterId: bigint | undefined;
  private voters = 0;

  constructor(
    private readonly settings: EtcdStewardSettings,
    private readonly parts: EtcdQuorumParts,
  ) {
    this.members = parts.members;
    this.timing = parts.timing ?? TIMING;
    const wanted = new Set(settings.members.map(({ id }) => id));
    this.membership = new Membership(this.members, wanted, this.timing, () => this.seen);
  }

  async look(ids: readonly number[]): Promise<Observed> {
    this.seen = await observe(this.members, ids, this.timing.probe);
    const { answers, places } = this.seen;
    this.clusterId = clusterIdOf(answers) ?? this.clusterId;
    const servers = new Map([...answers].map(([id, answer]) => [id, serverOf(id, answer, this.seen)]));
    const refused = await this.refused();
    if (!places) {
      const chore = this.parts.maintenance?.busy;
      return { servers, provisioned: false, refused, chore, lastResort: await this.lastResort(ids) };
    }
    for (const id of places.ghosts.keys()) servers.set(id, GONE);
    this.voters = [...places.membership.values()].filter((part) => part === 'voter').length;
    const [provisions, maintained] = await Promise.all([this.provisions(), this.maintained(places)]);
    return {
      servers,
      membership: places.membership,
      ghosts: places.ghosts,
      refused,
      held: this.held(places),
      full: this.full(places),
      ...maintained,
      ...provisions,
    };
  }

  admit(id: number, as: Part): Promise<void> {
    return this.membership.admit(id, as);
  }

  dismiss(id: number): Promise<void> {
    return this.membership.dismiss(id);
  }

  spread(): Promise<void> {
    return this.membership.spread();
  }

  handOver(id: number): Promise<void> {
    return this.membership.handOver(id);
  }

  async provision(): Promise<void> {
    await this.parts.provisioner?.provision(this.leader());
  }

  async maintain(): Promise<void> {
    await this.parts.maintenance?.maintain();
  }

  samples(cluster: string): string {
    return this.parts.maintenance?.samples?.(cluster) ?? '';
  }

  readAtStart(): readonly X509Certificate[] {
    return this.members.keys.authorities();
  }

  private leader(): EtcdMember {
    const { leader } = this.seen;
    if (!leader) throw new Error('no leader serves');
    return this.members.of(leader.speaker);
  }

  private async provisions(): Promise<Pick<Observed, 'provisioned' | 'provisionFailed'>> {
    return (await this.parts.provisioner?.look(this.leader())) ?? { provisioned: true };
  }

  private async maintained({ entries }: Places): Promise<Pick<Observed, 'chore' | 'trouble'>> {
    const statuses = statusesOf(this.seen.answers);
    const members = [...entries]
      .filter(([id]) => id >= 0)
      .map(([id, entry]) => ({
        id,
        name: this.members.addresses.name(id),
        memberId: entry.id,
        status: statuses.get(id),
        api: this.members.of(id),
      }));
    const leader = [...statuses].find(([, { memberId }]) => memberId === this.seen.leader?.memberId)?.[0];
    const { chore, trouble } = (await this.parts.maintenance?.look({ members, leader })) ?? {};
    return { chore, trouble };
  }

  /** Members of other releases may be on their way to the wanted one, or have no way there. */
  private async refused(): Promise<Objection | undefined> {
    const { version } = this.settings;
    const statuses = statusesOf(this.seen.answers);
    const running = [...statuses.values()].map((status) => status.version);
    if (!upgradeObstacle(running, undefined, version)) return undefined;
    const [first] = statuses.keys();
    const { client } = this.members.addresses.of(this.seen.leader?.speaker ?? first);
    const cluster = await clusterVersion(client, this.members.keys.transport()).catch(() => undefined);
    return upgradeObstacle(running, cluster, version);
  }

  /** The line that allows the fewest learners decides: each member judges a change by itself. */
  private full({ membership }: Places): boolean {
    const limits = [...statusesOf(this.seen.answers).values()].map(
      ({ version }) => ETCD_LINES.find(({ minor }) => version.startsWith(`${minor}.`))?.maxLearners ?? 1,
    );
    return [...membership.values()].filter((part) => part === 'observer').length >= Math.min(...limits);
  }

  private held({ membership, foreign }: Places): Objection | undefined {
    const { addresses } = this.members;
    const forced = forceObjection(this.settings.forceNewCluster, (id) => addresses.name(id), membership.size);
    return forced ?? strangersObjection(foreign);
  }

  private async lastResort(ids: readonly number[]): Promise<string | undefined> {
    const { members, timing, settings, seen } = this;
    const total = Math.max(settings.members.length, ids.length, this.voters);
    const remains = await remainsOf(seen.answers, members.addresses, this.clusterId, timing.probe);
    return lastResort(remains, total);
  }
}

/** What is told of places that nobody here can take up. */
const GONE: Server = { state: 'silent', reason: 'nobody here can take up its place' };
