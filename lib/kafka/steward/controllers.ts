import { setTimeout as delay } from 'node:timers/promises';
import type { Observed, QuorumSystem } from '../../steward/adapter';
import type { Ghost, Part, Server } from '../../steward/facts';
import { GATE_PORT } from '../../steward/gate-report';
import { type Reach, reach } from '../../steward/reach';
import { TooLate, within } from '../../steward/within';
import type { Address, Admin, QuorumReplica, QuorumState } from '../wire/types';
import { askGateOf, type GateSays } from './probe';
import { follows, hasCaughtUp, lagOf, lostVotes, placeOf } from './quorum-places';
import type { KafkaStewardSettings } from './settings';

/** What is needed of the cluster. */
export type ControllersAdmin = Pick<Admin, 'describeQuorum' | 'addVoter' | 'removeVoter'>;

/** Where a controller is asked. */
export interface ControllerAddress {
  readonly controller: Address;
  readonly gate: Address;
}

const PROBE_MS = 2_000;
// The leader has yet to connect to the new voter, and has begun nothing.
const NOT_READY = /is not ready to receive requests|API_VERSIONS returned an error BROKER_NOT_AVAILABLE/;
const ATTEMPTS = 6;
const PAUSE_MS = 500;

/**
 * The metadata quorum of controllers that are servers of their own (KIP-853). Its leader tells who votes, and who has
 * caught up; whether a server is there at all its own port tells.
 */
export class KafkaControllers implements QuorumSystem {
  /** The quorum as it was looked at last; undefined while no leader serves. */
  quorum: QuorumState | undefined;
  private asking: Promise<QuorumState | undefined> | undefined;

  constructor(
    private readonly settings: Pick<
      KafkaStewardSettings,
      'clusterId' | 'controllerHost' | 'controllerPort' | 'controllerListener'
    >,
    private readonly admin: ControllersAdmin,
    private readonly addressOf: (id: number) => ControllerAddress = (id) => {
      const host = settings.controllerHost.replace('{id}', String(id));
      return { controller: { host, port: settings.controllerPort }, gate: { host, port: GATE_PORT } };
    },
    private readonly probeMs: number = PROBE_MS,
  ) {}

  async look(ids: readonly number[]): Promise<Observed> {
    let unasked: string | undefined;
    const asking = this.describeInTime().catch((error: Error) => {
      unasked = saysNoLeader(error) ? undefined : error.message;
      return undefined;
    });
    const [quorum, ...probes] = await Promise.all([asking, ...ids.map((id) => this.probe(id))]);
    this.quorum = quorum;
    const servers = new Map(ids.map((id, index) => [id, serverOf(quorum, id, probes[index], unasked)]));
    if (!quorum) return { servers, provisioned: true };
    const lost = lostVotes(quorum);
    for (const vote of lost) servers.set(ghostId(vote), { state: 'silent', reason: 'that disk is gone' });
    return {
      servers,
      membership: new Map(
        quorum.voters.map((vote): [number, Part] => [lost.includes(vote) ? ghostId(vote) : vote.id, 'voter']),
      ),
      ghosts: new Map(lost.map((vote): [number, Ghost] => [ghostId(vote), this.ghost(vote)])),
      provisioned: true,
    };
  }

  async admit(id: number, as: Part): Promise<void> {
    if (as === 'observer')
      throw new Error(`controller ${id} cannot be an observer: a controller votes or goes`);
    const { clusterId, controllerListener: listener } = this.settings;
    const place = placeOf(await this.unchanged(), id);
    if (!place) throw new Error(`controller ${id} does not follow the quorum`);
    // It is there already.
    if (place.votes) return;
    const { directoryId } = place.replica;
    const address = this.addressOf(id).controller;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.admin.addVoter({ clusterId, id, directoryId, listener, address });
      } catch (error) {
        if (attempt === ATTEMPTS || !NOT_READY.test((error as Error).message)) throw error;
        await delay(PAUSE_MS);
      }
    }
  }

  async dismiss(id: number): Promise<void> {
    const quorum = await this.unchanged();
    const lost = lostVotes(quorum);
    const vote = quorum.voters.find((each) => (lost.includes(each) ? ghostId(each) : each.id) === id);
    if (!vote) throw new Error(`${id < 0 ? 'the lost disk of ' : ''}controller ${Math.abs(id)} has no vote`);
    const { clusterId } = this.settings;
    await this.admin.removeVoter({ clusterId, id: vote.id, directoryId: vote.directoryId });
  }

  /** A vote is gone once the rest of the voters has agreed; all others find the leader by addresses that stay. */
  async spread(): Promise<void> {}

  /** What exists inside the cluster is the brokers' affair. */
  async provision(): Promise<void> {}

  /** One that takes longer than a look may is not asked again before it has answered. */
  private describeInTime(): Promise<QuorumState | undefined> {
    this.asking ??= this.describe().finally(() => {
      this.asking = undefined;
    });
    return within(2 * this.probeMs, this.asking);
  }

  /** The quorum by the word of its leader, which the controllers pass on without any broker. */
  private async describe(): Promise<QuorumState | undefined> {
    const quorum = await this.admin.describeQuorum('controllers').catch((error) =>
      this.admin.describeQuorum('brokers').catch(() => {
        throw error;
      }),
    );
    // A leader is one once a majority has followed it: until then it knows nothing of the others.
    return quorum.leaderId >= 0 && quorum.highWatermark >= 0 ? quorum : undefined;
  }

  /** The quorum now, provided that the votes are those that were looked at last. */
  private async unchanged(): Promise<QuorumState> {
    const before = this.quorum;
    const now = await this.describe();
    if (!before || !now) throw new Error('no controller leads');
    const votes = ({ voters }: QuorumState) =>
      voters
        .map(({ id, directoryId }) => `${id} ${directoryId}`)
        .sort()
        .join();
    if (votes(before) !== votes(now)) throw new Error('the voters of the quorum have changed meanwhile');
    if (lostVotes(before).length !== lostVotes(now).length) {
      throw new Error('a controller runs with another disk than a moment ago');
    }
    return now;
  }

  private async probe(id: number): Promise<Probe> {
    const { controller, gate } = this.addressOf(id);
    const found = await reach(controller, this.probeMs);
    return {
      reach: found,
      gate: found.state === 'open' ? undefined : await askGateOf(id, gate, this.probeMs),
    };
  }

  private ghost({ id }: QuorumReplica): Ghost {
    const [name] = this.settings.controllerHost.replace('{id}', String(id)).split('.');
    return { of: id, name: `the lost disk of ${name}` };
  }
}

interface Probe {
  readonly reach: Reach;
  readonly gate: GateSays | undefined;
}

/** Ids of controllers are positive. */
const ghostId = ({ id }: QuorumReplica): number => -id;

/** Whether it was the servers who said that there is no leader; while they elect one they do not answer at all. */
function saysNoLeader(error: Error): boolean {
  return error instanceof TooLate || /NOT_LEADER_OR_FOLLOWER|LEADER_NOT_AVAILABLE/.test(error.message);
}

function serverOf(
  quorum: QuorumState | undefined,
  id: number,
  { reach, gate }: Probe,
  unasked: string | undefined,
): Server {
  if (gate) return { state: 'gate', disk: gate.disk, says: gate.says };
  if (reach.state === 'refused') return { state: 'silent', reason: 'nothing listens on its port' };
  if (reach.state === 'unreachable') return { state: 'silent', reason: reach.reason };
  // It may serve all the same.
  if (unasked) return { state: 'silent', reason: `it cannot be asked who leads: ${unasked}` };
  const place = quorum && placeOf(quorum, id);
  if (!place || !follows(quorum, place.replica)) return { state: 'waiting' };
  if (id === quorum.leaderId) return { state: 'serving', role: 'leader', synced: true, lag: 0 };
  const synced = hasCaughtUp(quorum, place.replica);
  return {
    state: 'serving',
    role: place.votes ? 'follower' : 'observer',
    synced,
    lag: synced ? lagOf(quorum, place.replica) : Math.max(1, lagOf(quorum, place.replica)),
  };
}
