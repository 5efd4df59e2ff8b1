import type { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Observed, QuorumSystem } from '../../steward/adapter';
import { certificatesIn } from '../../steward/authorities';
import type { Part, Server } from '../../steward/facts';
import { type Answer, ask } from '../gate/talk';
import { explained, keys, withSession } from '../tasks/session';
import { missing, provide } from '../tasks/znodes';
import { isZooKeeperError } from '../wire/client';
import { askSrvr, type ServerAddress, type Srvr } from '../wire/four-letter';
import type { Membership, ServerEntry } from '../wire/servers';
import type { ZooKeeperStewardSettings } from './settings';

/** Times of the adapter, in milliseconds. */
export interface Timing {
  /** For a four letter word. */
  readonly word: number;
  /** For a session and each of its calls. */
  readonly session: number;
  /** How often what was provisioned is looked at, once it is there. */
  readonly provision: number;
  /** How long nothing is provisioned after a failure. */
  readonly pause: number;
}

const TIMING: Timing = { word: 2_000, session: 10_000, provision: 60_000, pause: 20_000 };
const ROUNDS = 4;
const PAUSE_MS = 150;

/** A server that serves, by its own word. */
interface Serving {
  readonly id: number;
  readonly srvr: Srvr;
}

/** An ensemble as the steward sees and changes it: by four letter words, and by requests of the super user. */
export class ZooKeeperQuorum implements QuorumSystem {
  private membership: Membership | undefined;
  private serving: readonly Serving[] = [];
  private provisionedAt = Number.NEGATIVE_INFINITY;
  private failed: { readonly reason: string; readonly at: number } | undefined;

  constructor(
    private readonly settings: ZooKeeperStewardSettings,
    private readonly timing: Timing = TIMING,
    private readonly addressOf: (id: number) => { readonly host: string; readonly port: number } = (id) => ({
      host: settings.host.replace('{id}', String(id)),
      port: settings.port,
    }),
  ) {}

  async look(ids: readonly number[]): Promise<Observed> {
    const answers = new Map<number, Answer>();
    await Promise.all(ids.map(async (id) => answers.set(id, await this.conf(id))));
    const listening = ids.filter((id) => answers.get(id)?.peer.state === 'serving');
    this.serving = await this.rounds(listening);
    const leader = leaderOf(this.serving);
    this.membership = leader && answers.get(leader.id)?.membership;
    const servers = new Map([...answers].map(([id, answer]) => [id, this.serverOf(id, answer, leader)]));
    if (!this.membership) return { servers, provisioned: false };
    const parts = this.membership.servers.map(({ id, role }): [number, Part] => [
      id,
      role === 'participant' ? 'voter' : 'observer',
    ]);
    return { servers, membership: new Map(parts), ...(await this.provisioned()) };
  }

  async admit(id: number, as: Part): Promise<void> {
    const { quorumPort, electionPort } = this.settings;
    const { host } = this.addressOf(id);
    const role = as === 'voter' ? ('participant' as const) : ('observer' as const);
    const entry = { id, host, quorumPort, electionPort, role, client: this.client(id) };
    await this.reconfigure({ joining: [entry] }, id);
  }

  async dismiss(id: number): Promise<void> {
    await this.reconfigure({ leaving: [id] }, id);
  }

  async spread(): Promise<void> {
    await this.write(this.serving);
  }

  async provision(): Promise<void> {
    try {
      await this.session((client) => provide(client, this.settings.wanted));
    } catch (error) {
      this.failed = { reason: (error as Error).message, at: performance.now() };
      throw error;
    }
  }

  readAtStart(): readonly X509Certificate[] {
    return certificatesIn(keys()?.ca.toString('utf8') ?? '');
  }

  private address(id: number): ServerAddress {
    const { host, port } = this.addressOf(id);
    return { host, port, tls: this.settings.tls ? { ...keys(), servername: host } : undefined };
  }

  private conf(id: number): Promise<Answer> {
    return ask({ id, ...this.address(id) }, undefined, this.timing.word);
  }

  /** Asks until everybody has what the leader had when it was asked before them, or is plainly behind. */
  private async rounds(ids: readonly number[]): Promise<Serving[]> {
    let found = await this.srvr(ids);
    for (let round = 1; round < ROUNDS; round++) {
      const leader = leaderOf(found);
      const behind = leader
        ? found.filter(({ srvr }) => srvr.zxid < leader.srvr.zxid).map(({ id }) => id)
        : [];
      if (!leader || behind.length === 0) break;
      // A leader of a new epoch is ahead of everybody by the epoch alone, until something is written in it.
      if ((leader.srvr.zxid & 0xffff_ffffn) === 0n) await this.write([leader]).catch(() => undefined);
      await delay(PAUSE_MS);
      const again = await this.srvr(behind);
      found = [...found.filter(({ id }) => !behind.includes(id)), ...again];
    }
    return found;
  }

  /** To begin a session is a write: once a majority has it, it has all that was before, too. */
  private async write(to: readonly Serving[]): Promise<void> {
    await this.session(async () => undefined, undefined, to);
  }

  private async srvr(ids: readonly number[]): Promise<Serving[]> {
    const found = await Promise.all(
      ids.map(async (id) => {
        const srvr = await askSrvr(this.address(id), this.timing.word);
        return srvr ? [{ id, srvr }] : [];
      }),
    );
    return found.flat();
  }

  private serverOf(id: number, { peer, says }: Answer, leader: Serving | undefined): Server {
    if (peer.state === 'gate') return { state: 'gate', disk: peer.disk, says };
    if (peer.state === 'silent') return { state: 'silent', reason: peer.reason };
    const srvr = this.serving.find((each) => each.id === id)?.srvr;
    if (!srvr || srvr.mode === 'standalone' || srvr.mode === 'read-only') return { state: 'waiting' };
    // One that lost its office and has not noticed is of an older epoch than the leader.
    const role = srvr.mode === 'leader' && id !== leader?.id ? 'follower' : srvr.mode;
    const synced = leader !== undefined && srvr.zxid >= leader.srvr.zxid;
    return { state: 'serving', role, synced, lag: leader && !synced ? lagOf(srvr, leader.srvr) : 0 };
  }

  private async provisioned(): Promise<Pick<Observed, 'provisioned' | 'provisionFailed'>> {
    const { settings, timing, failed } = this;
    const { wanted } = settings;
    if (wanted.znodes.length === 0 && !wanted.reconfigurers) return { provisioned: true };
    const now = performance.now();
    if (failed && now - failed.at < timing.pause)
      return { provisioned: false, provisionFailed: failed.reason };
    if (now - this.provisionedAt < timing.provision) return { provisioned: true };
    try {
      const left = await this.session((client) => missing(client, wanted));
      if (left.length > 0) return { provisioned: false };
      this.provisionedAt = now;
      return { provisioned: true };
    } catch (error) {
      this.failed = { reason: (error as Error).message, at: now };
      return { provisioned: false, provisionFailed: this.failed.reason };
    }
  }

  /** A change of the membership that was looked at; whether it came about is seen at the next look. */
  private async reconfigure(
    change: { joining?: readonly ServerEntry[]; leaving?: readonly number[] },
    target: number,
  ): Promise<void> {
    const { membership, timing } = this;
    if (!membership) throw new Error('no leader serves');
    const joining = [...(change.joining ?? []), ...this.misplaced(membership, target)];
    const { version: fromConfig } = membership;
    const request = { ...change, joining, fromConfig, timeoutMs: 3 * timing.session };
    const leads = leaderOf(this.serving)?.id === target;
    await this.session(async (client) => {
      try {
        await client.reconfig(request);
      } catch (error) {
        // A leader that is to lead no more closes everybody's connections, mostly before it has answered.
        if (!leads || !isZooKeeperError(error, 'ConnectionLoss')) throw error;
      }
    }, target);
  }

  /** Where a member takes plain text clients. */
  private client(id: number): NonNullable<ServerEntry['client']> {
    const { host, port } = this.settings.client;
    return { host: host.replace('{id}', String(id)), port };
  }

  /**
   * Other members whose entry says that they take clients where they once did. With each change of the membership
   * servers listen where it says, so that such an entry would take a member away from its clients.
   */
  private misplaced({ servers }: Membership, target: number): ServerEntry[] {
    return servers
      .filter(({ id, client }) => id !== target && client && !isDeepStrictEqual(client, this.client(id)))
      .map((entry) => ({ ...entry, client: this.client(entry.id) }));
  }

  /** A session with a member that stays: `leaving` and the leader are asked last. */
  private async session<T>(
    use: Parameters<typeof withSession<T>>[2],
    leaving?: number,
    among: readonly Serving[] = this.serving,
  ): Promise<T> {
    const rank = ({ id, srvr }: Serving) => (id === leaving ? 2 : srvr.mode === 'leader' ? 1 : 0);
    const servers = [...among].sort((a, b) => rank(a) - rank(b)).map(({ id }) => this.addressOf(id));
    try {
      return await withSession(servers, { tls: this.settings.tls, timeoutMs: this.timing.session }, use);
    } catch (error) {
      throw explained(error);
    }
  }
}

/** Who leads: of two who say so, the one with the newer epoch. */
function leaderOf(found: readonly Serving[]): Serving | undefined {
  const leaders = found.filter(({ srvr }) => srvr.mode === 'leader');
  return leaders.sort((a, b) => (a.srvr.zxid < b.srvr.zxid ? 1 : -1))[0];
}

/** By how many changes a server is behind, as far as is known: those of an older epoch cannot be counted. */
function lagOf({ zxid }: Srvr, leader: Srvr): number {
  const own = zxid >> 32n === leader.zxid >> 32n ? zxid : (leader.zxid >> 32n) << 32n;
  return Math.max(1, Number(leader.zxid - own));
}
