import type { MemberEntry } from '../../../lib/etcd/api/types';
import type { decideStart } from '../../../lib/etcd/gate/decide';
import type { EtcdDisk, EtcdGateFacts, EtcdPeer } from '../../../lib/etcd/gate/facts';
import { type Found, type Step, searchStates } from '../../support/state-search';
import { factsOf, founder, OURS, url } from './facts-of';

// A cluster of gates, servers, disks, and somebody who removes, invites and promotes; small enough to look at all of its
// states. Whatever may happen may happen in any order, a process may end between any two steps, and what one member read
// of another may be old when it acts on it.

/** What a member's process does. */
type Process =
  | 'gate'
  /** Its gate has decided and not yet acted. */
  | 'found'
  | 'start'
  | 'join'
  | 'server';

/** A member: what its disk holds and what its process does. */
export interface Member {
  disk: 'empty' | 'founding' | 'data';
  /** Which of its places the disk, or the decision to join, is for: 0 is that of a founder; -1: none. */
  place: number;
  /** Members that have stated an empty disk: on this one's disk. */
  heard: number;
  process: Process;
  /** Whether its gate tells that its disk is lost. */
  lost: boolean;
  /** Writes that the disk holds; a later write has a higher bit. */
  history: number;
  /** Index of the membership that the disk knows. */
  membership: number;
  /** Lost, and not caught up since. */
  blank: boolean;
}

/** A place in the membership. */
interface Place {
  readonly member: number;
  readonly place: number;
  readonly named: boolean;
  readonly learner: boolean;
}

/** One state of everything. */
export interface State {
  readonly members: readonly Member[];
  /** Memberships in the order in which they were agreed on; the first is that of the founders. */
  readonly memberships: readonly (readonly Place[])[];
  /** Index of the newest that was agreed on; -1: nobody has served yet. */
  readonly agreed: number;
  /** Places of each member under which it has acknowledged something to others. */
  readonly used: readonly number[];
  /** Writes that clients were told are safe. */
  readonly acknowledged: number;
  readonly writes: number;
  readonly formed: boolean;
  readonly losses: number;
  /** What went wrong at a step. */
  readonly wrong?: string;
}

/** What is modelled. */
export interface Scenario {
  readonly size: number;
  readonly founders: readonly number[];
  readonly writes: number;
  /** Disks that are lost, all in all. */
  readonly losses: number;
  readonly decide: typeof decideStart;
}

interface Quorum {
  readonly set: readonly number[];
  readonly membership: number;
}

const has = (mask: number, id: number): boolean => (mask & (1 << id)) !== 0;
const maskOf = (ids: readonly number[]): number => ids.reduce((mask, id) => mask | (1 << id), 0);
const idOf = ({ member, place }: Pick<Place, 'member' | 'place'>): bigint =>
  place === 0 ? founder(member) : BigInt(0x1000 + member * 16 + place);

export class Model {
  private readonly all: number[];

  constructor(private readonly scenario: Scenario) {
    this.all = Array.from({ length: scenario.size }, (_, id) => id);
  }

  private blank(): Member {
    return {
      disk: 'empty',
      place: -1,
      heard: 0,
      process: 'gate',
      lost: false,
      history: 0,
      membership: -1,
      blank: false,
    };
  }

  initial(): State {
    const founders = this.scenario.founders.map((member) => ({
      member,
      place: 0,
      named: true,
      learner: false,
    }));
    return {
      members: this.all.map(() => this.blank()),
      memberships: [founders],
      agreed: -1,
      used: this.all.map(() => 0),
      acknowledged: 0,
      writes: 0,
      formed: false,
      losses: 0,
    };
  }

  private voters(state: State, membership: number): readonly Place[] {
    return state.memberships[membership].filter(({ learner }) => !learner);
  }

  private holds({ members }: State, { member, place }: Place): boolean {
    return members[member].disk === 'data' && members[member].place === place;
  }

  /** Sets of servers that could serve now, each with the membership it would serve under. */
  quorums(state: State): Quorum[] {
    const up = this.all.filter(
      (id) => state.members[id].process === 'server' && state.members[id].disk === 'data',
    );
    const found: Quorum[] = [];
    for (let choice = 1; choice < 1 << up.length; choice++) {
      const set = up.filter((_, index) => has(choice, index));
      const membership = Math.max(...set.map((id) => state.members[id].membership));
      const voters = this.voters(state, membership);
      const votes = set.every((id) => voters.some((each) => each.member === id && this.holds(state, each)));
      if (votes && set.length === (voters.length >> 1) + 1) found.push({ set, membership });
    }
    return found;
  }

  private latest({ members }: State, set: readonly number[]): number {
    return Math.max(...set.map((id) => members[id].history));
  }

  /** What is wrong with a state, undefined when nothing is. */
  violation(state: State): string | undefined {
    if (state.wrong) return state.wrong;
    const quorums = this.quorums(state);
    for (const { set } of quorums) {
      if (state.acknowledged & ~this.latest(state, set)) {
        return `members ${set.join('+')} would serve without acknowledged writes`;
      }
      const other = quorums.find((quorum) => !quorum.set.some((id) => set.includes(id)));
      if (other) return `members ${set.join('+')} and ${other.set.join('+')} would serve apart`;
    }
    return undefined;
  }

  /** Whether as many disks were lost as nobody promises to survive. */
  hopeless(state: State): boolean {
    const voters = this.voters(state, Math.max(0, state.agreed));
    const gone = voters.filter((each) => state.members[each.member].blank || !this.mayVote(state, each));
    return gone.length > (voters.length - 1) >> 1;
  }

  /** Whether a voter has what it stood for, if it ever did. */
  private mayVote(state: State, voter: Place): boolean {
    return !has(state.used[voter.member], voter.place) || this.holds(state, voter);
  }

  /** Whether all members vote and serve. */
  isGoal(state: State): boolean {
    if (state.agreed < 0) return false;
    const voters = this.voters(state, state.agreed);
    return this.all.every(
      (id) =>
        state.members[id].process === 'server' &&
        state.members[id].membership === state.agreed &&
        voters.some((each) => each.member === id && this.holds(state, each)),
    );
  }

  /** Everything that may happen next. */
  steps(state: State): Step<State>[] {
    const steps: Step<State>[] = [];
    const add: Add = (name, fault, change) => {
      const members = state.members.map((member) => ({ ...member }));
      const rest = change(members);
      steps.push({ name, fault, to: { ...state, ...(rest ?? {}), members } });
    };
    for (const id of this.all) {
      this.gateSteps(state, id, add);
      this.actSteps(state, id, add);
      this.faults(state, id, add);
    }
    for (const quorum of this.quorums(state)) this.serve(state, quorum, add);
    return steps;
  }

  private gateSteps(state: State, id: number, add: Add): void {
    const member = state.members[id];
    if (member.process !== 'gate') return;
    const others = this.all.filter((peer) => peer !== id);
    for (let choice = 0; choice < 1 << others.length; choice++) {
      const seen = others.filter((_, index) => has(choice, index));
      for (const formed of state.formed ? [true, false] : [false]) {
        const peers = this.peers(state, id, seen);
        const empty = seen.filter((peer) => {
          const answer = peers.get(peer);
          return answer?.state === 'gate' && (answer.disk === 'empty' || answer.disk === 'founding');
        });
        const heard = member.disk === 'data' ? member.heard : member.heard | maskOf(empty);
        const decision = this.scenario.decide(this.facts(state, id, { formed, peers, heard }));
        const fault = seen.length < others.length || formed !== state.formed;
        add(`${id} asks ${seen.join('+') || 'nobody'}: ${decision.action}`, fault, (m) => {
          const own = m[id];
          own.heard = heard;
          own.lost = decision.action === 'wait' && (decision.lost ?? false);
          if (decision.action === 'refuse') return { wrong: `${id} refuses: ${decision.reason}` };
          if (decision.action === 'wait') return undefined;
          own.process = decision.action === 'force' ? 'start' : decision.action;
          if (decision.action !== 'join') return undefined;
          const place = decision.members.find(({ peerUrls }) => peerUrls[0] === url(id));
          // Until it acts, its disk is what it was.
          own.place = own.disk === 'data' ? own.place : Number((place as MemberEntry).id & 0xfn);
          return undefined;
        });
      }
    }
  }

  private actSteps(state: State, id: number, add: Add): void {
    const member = state.members[id];
    const act = (name: string, change: (m: Member) => Partial<State> | undefined) =>
      add(`${id} ${name}`, false, (m) => change(m[id]));
    if (member.process === 'found') {
      const again = has(state.used[id], 0)
        ? { wrong: `${id} starts empty as the founder that it was` }
        : undefined;
      act('founds', (m) => {
        Object.assign(m, { disk: 'founding', place: 0, process: 'server' });
        return again;
      });
      add(
        `${id} ends while it founds`,
        true,
        (m) => void Object.assign(m[id], { disk: 'founding', process: 'gate' }),
      );
    }
    if (member.process === 'start') {
      act('starts', (m) => void Object.assign(m, { process: 'server', heard: 0 }));
    }
    if (member.process === 'join') {
      const place = this.invitation(state, id);
      act('joins', (m) => {
        // etcd checks once more that its place is there.
        const { blank } = m;
        if (place === undefined) Object.assign(m, { ...this.blank(), blank });
        else Object.assign(m, { ...this.blank(), blank, place, process: 'server' });
        return undefined;
      });
    }
    if (member.process === 'server' && member.disk === 'founding') {
      add(`${id} stores`, false, (m) => {
        Object.assign(m[id], { disk: 'data', place: 0, membership: 0 });
      });
    }
  }

  private invitation(state: State, id: number): number | undefined {
    const newest = state.memberships[Math.max(0, state.agreed)];
    return newest.find(({ member, named }) => member === id && !named)?.place;
  }

  private use(state: State, ids: readonly number[], m: readonly Member[]): Pick<State, 'used'> {
    return { used: state.used.map((mask, id) => (ids.includes(id) ? mask | (1 << m[id].place) : mask)) };
  }

  private serve(state: State, { set, membership }: Quorum, add: Add): void {
    const history = this.latest(state, set);
    const agreed = Math.max(membership, state.agreed);
    const name = set.join('+');
    const follow = (m: Member[], who: readonly number[], held: number, known: number) => {
      for (const id of who)
        Object.assign(m[id], { disk: 'data', history: held, membership: known, blank: false });
    };
    add(`${name} serve`, false, (m) => {
      follow(m, set, history, membership);
      return { agreed, ...this.use(state, set, m) };
    });
    if (state.writes < this.scenario.writes) {
      add(`${name} acknowledge a write`, true, (m) => {
        const write = 1 << state.writes;
        follow(m, set, history | write, membership);
        const written = { writes: state.writes + 1, acknowledged: state.acknowledged | write };
        return { agreed, ...written, ...this.use(state, set, m) };
      });
    }
    if (membership !== agreed) return;
    for (const { member, place } of state.memberships[membership]) {
      const { process, disk, place: own } = state.members[member];
      if (set.includes(member) || process !== 'server' || disk === 'founding' || own !== place) continue;
      add(`${member} catches up with ${name}`, false, (m) => {
        follow(m, [...set, member], history, membership);
        return { agreed, ...this.use(state, [...set, member], m) };
      });
    }
    for (const id of this.all) {
      const { process, place: own } = state.members[id];
      const listed = state.memberships[membership].some((each) => each.member === id && each.place === own);
      if (process !== 'server' || listed) continue;
      // It ends by itself, and its pod is made anew.
      add(`${id} hears that it was removed`, false, (m) => {
        const rest = m[id].disk === 'empty' ? { place: -1 } : {};
        Object.assign(m[id], { process: 'gate', lost: false, ...rest });
      });
    }
    this.reconfigure(state, { set, membership }, history, follow, add);
  }

  private reconfigure(
    state: State,
    { set, membership }: Quorum,
    history: number,
    follow: (m: Member[], who: readonly number[], held: number, known: number) => void,
    add: Add,
  ): void {
    const places = state.memberships[membership];
    const synced = places
      .filter((each) => this.holds(state, each))
      .map(({ member }) => member)
      .filter((id) => {
        const { process, history: held, membership: known } = state.members[id];
        return process === 'server' && held === history && known === membership;
      });
    const who = [...new Set([...set, ...synced])];
    const change = (name: string, to: readonly Place[], change: Partial<State> = {}) => {
      const voters = to.filter(({ learner }) => !learner);
      if (voters.filter(({ member }) => who.includes(member)).length <= voters.length >> 1) return;
      add(name, false, (m) => {
        follow(m, who, history, membership + 1);
        return {
          ...change,
          ...this.use(state, who, m),
          memberships: [...state.memberships, to],
          agreed: membership + 1,
        };
      });
    };
    for (const id of this.all) {
      const own = places.find(({ member }) => member === id);
      const { process, lost } = state.members[id];
      const without = places.filter((each) => each !== own);
      const guests = places.filter(({ learner }) => learner);
      if (own?.named && process === 'gate' && lost) change(`the place of ${id} is removed`, without);
      if (!own && process === 'gate' && guests.length === 0) {
        const next = state.memberships.flat().filter(({ member }) => member === id);
        const place = Math.max(0, ...next.map((each) => each.place)) + 1;
        change(`${id} is invited`, [...places, { member: id, place, named: false, learner: true }]);
      }
      if (!own || !who.includes(id)) continue;
      if (!own.named) change(`${id} tells its name`, [...without, { ...own, named: true }]);
      if (own.named && own.learner) change(`${id} is promoted`, [...without, { ...own, learner: false }]);
    }
    const wanted = places.filter(({ member }) => this.scenario.founders.includes(member));
    if (!state.formed && wanted.every(({ member }) => who.includes(member))) {
      add('the cluster is marked as formed', false, () => ({ formed: true }));
    }
  }

  private faults(state: State, id: number, add: Add): void {
    const member = state.members[id];
    if (member.process !== 'gate') {
      const place = member.disk === 'empty' ? -1 : member.place;
      add(`${id} ends`, true, (m) => void Object.assign(m[id], { process: 'gate', lost: false, place }));
    }
    if (state.losses >= this.scenario.losses) return;
    add(`${id} loses its disk`, true, (m) => {
      m[id] = { ...this.blank(), blank: true };
      return { losses: state.losses + 1 };
    });
  }

  private peers(state: State, self: number, seen: readonly number[]): Map<number, EtcdPeer> {
    const serving = new Map<number, number>();
    for (const { membership } of this.quorums(state)) {
      for (const each of state.memberships[membership]) {
        const { process, membership: known } = state.members[each.member];
        if (process === 'server' && known === membership && this.holds(state, each)) {
          serving.set(each.member, membership);
        }
      }
    }
    const answer = (id: number): EtcdPeer => {
      const { process, disk, lost, heard } = state.members[id];
      const known = serving.get(id);
      if (!seen.includes(id) || (process !== 'server' && process !== 'gate')) {
        return { state: 'silent', reason: 'no answer' };
      }
      if (known !== undefined)
        return { state: 'serving', clusterId: OURS, members: this.entries(state, known) };
      if (process === 'server') return { state: 'running' };
      const hasSeen = this.all.filter((peer) => has(heard, peer));
      return { state: 'gate', disk: lost ? 'lost' : disk, hasSeen };
    };
    return new Map(this.all.filter((id) => id !== self).map((id) => [id, answer(id)]));
  }

  private entries(state: State, membership: number): MemberEntry[] {
    return state.memberships[membership].map((each) => ({
      id: idOf(each),
      name: each.named ? `etcd-${each.member}` : '',
      peerUrls: [url(each.member)],
      learner: each.learner,
    }));
  }

  private facts(
    state: State,
    self: number,
    heard: { formed: boolean; peers: EtcdGateFacts['peers']; heard: number },
  ): EtcdGateFacts {
    const { disk, place } = state.members[self];
    const held: EtcdDisk =
      disk === 'data'
        ? { state: disk, memberId: idOf({ member: self, place }), clusterId: OURS }
        : { state: disk };
    return {
      ...factsOf({ self, members: this.all, founders: [...this.scenario.founders], disk: held }),
      formed: heard.formed,
      peers: heard.peers,
      seenEmpty: new Set(this.all.filter((id) => has(heard.heard, id))),
    };
  }
}

type Add = (
  name: string,
  fault: boolean,
  // biome-ignore lint/suspicious/noConfusingVoidType: most changes give nothing back.
  change: (members: Member[]) => Partial<State> | undefined | void,
) => void;

/** A state as a text that is the same for the same state. Memberships that nobody knows any more do not count. */
export function keyOf(state: State): string {
  const members = state.members.map((m) => Object.values(m).join()).join(';');
  const known = new Set([state.agreed, 0, ...state.members.map(({ membership }) => membership)]);
  const memberships = state.memberships.map((places, index) =>
    known.has(index)
      ? places.map(({ member, place, named, learner }) => `${member}${place}${+named}${+learner}`).join()
      : '',
  );
  const { agreed, used, acknowledged, writes, formed, losses, wrong = '' } = state;
  return `${members}|${memberships.join('/')}|${[agreed, used, acknowledged, writes, formed, losses, wrong].join()}`;
}

/** Looks at every state that can be reached while fewer than a majority of disks are lost. */
export function search(scenario: Scenario, limit?: number): Found {
  return searchStates(new Model(scenario), keyOf, limit);
}
