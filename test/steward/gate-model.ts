import type { decide, GateFacts, Peer } from '../../lib/steward/gate';
import { type Found, type Step, searchStates } from '../support/state-search';

// A cluster of gates, servers and disks, small enough to look at all of its states. Time is left out: whatever may
// happen may happen in any order, a process may end between any two steps, and what one member read of another may be
// old when it acts on it.

/** What a member's process does. */
export type Process =
  /** Its gate asks and answers. */
  | 'gate'
  /** Its gate has decided and not yet acted. */
  | 'found'
  | 'start'
  | 'join-keep'
  | 'join-empty'
  | 'join-founding'
  /** Its server may vote. */
  | 'voter'
  /** Its server has no vote until it has caught up: it holds nothing, or is a guest. */
  | 'learner';

/** A member: what its disk holds and what its process does. */
export interface Member {
  disk: 'empty' | 'founding' | 'data';
  /** Members that have stated an empty disk: on this one's disk. */
  heard: number;
  /** Members that have answered the running gate: in memory. */
  answered: number;
  process: Process;
  /** Writes that the disk holds; a later write has a higher bit. */
  history: number;
  /** Index of the membership that the disk knows; -1 is that of the founders before it was ever agreed on. */
  membership: number;
  /** Wiped, and not caught up since. */
  blank: boolean;
}

/** One state of everything. */
export interface State {
  readonly members: readonly Member[];
  /** Writes that clients were told are safe. */
  readonly acknowledged: number;
  readonly writes: number;
  /** Index of the newest membership that was agreed on. */
  readonly agreed: number;
  readonly formed: boolean;
}

/** What is modelled. */
export interface Scenario {
  readonly size: number;
  readonly founders: readonly number[];
  /** Memberships in the order in which they are agreed on; the first is that of the founders. */
  readonly memberships: readonly (readonly number[])[];
  readonly writes: number;
  readonly decide: typeof decide;
  /** Whether members lose their disks. */
  readonly wipes?: boolean;
}

const bits = (mask: number): number => {
  let count = 0;
  for (let rest = mask; rest; rest &= rest - 1) count++;
  return count;
};

const isServer = (member: Member): boolean => member.process === 'voter' || member.process === 'learner';

export class Model {
  private readonly masks: number[];
  private readonly all: number[];

  constructor(private readonly scenario: Scenario) {
    this.masks = scenario.memberships.map((ids) => ids.reduce((mask, id) => mask | (1 << id), 0));
    this.all = Array.from({ length: scenario.size }, (_, id) => id);
  }

  initial(): State {
    const member: Member = {
      disk: 'empty',
      heard: 0,
      answered: 0,
      process: 'gate',
      history: 0,
      membership: -1,
      blank: false,
    };
    return {
      members: this.all.map(() => ({ ...member })),
      acknowledged: 0,
      writes: 0,
      agreed: -1,
      formed: false,
    };
  }

  private voters(membership: number): number {
    return this.masks[Math.max(0, membership)];
  }

  /** Sets of servers that could serve now, each with the membership it would serve under. */
  quorums({ members }: State): { set: number; membership: number }[] {
    const up = this.all.filter((id) => members[id].process === 'voter' && members[id].disk !== 'empty');
    const found: { set: number; membership: number }[] = [];
    for (let choice = 1; choice < 1 << up.length; choice++) {
      let set = 0;
      let membership = -1;
      for (const [index, id] of up.entries()) {
        if (!(choice & (1 << index))) continue;
        set |= 1 << id;
        if (members[id].disk === 'data') membership = Math.max(membership, members[id].membership);
      }
      const voters = this.voters(membership);
      // Larger sets and sets with bystanders add nothing: bystanders sync, and what they know is in other sets.
      if ((set & voters) === set && bits(set) === (bits(voters) >> 1) + 1) found.push({ set, membership });
    }
    return found;
  }

  private latest(state: State, set: number): number {
    return Math.max(...this.all.filter((id) => set & (1 << id)).map((id) => state.members[id].history));
  }

  /** What is wrong with a state, undefined when nothing is. */
  violation(state: State): string | undefined {
    const quorums = this.quorums(state);
    for (const { set } of quorums) {
      const lost = state.acknowledged & ~this.latest(state, set);
      if (lost)
        return `members ${this.ids(set)} would serve without acknowledged writes (${lost.toString(2)})`;
      const other = quorums.find((quorum) => (quorum.set & set) === 0);
      if (other) return `members ${this.ids(set)} and ${this.ids(other.set)} would serve apart`;
    }
    return undefined;
  }

  /** Whether as many disks were lost as nobody promises to survive. */
  hopeless(state: State): boolean {
    const voters = this.voters(state.agreed);
    const blank = this.all.filter((id) => state.members[id].blank && voters & (1 << id)).length;
    return blank > (bits(voters) - 1) >> 1;
  }

  /** Whether all voters serve together and everybody else has caught up. */
  isGoal(state: State): boolean {
    const voters = this.voters(state.agreed);
    return (
      state.agreed >= 0 &&
      state.members.every(
        (member, id) =>
          member.disk === 'data' &&
          member.membership === state.agreed &&
          member.process === (voters & (1 << id) ? 'voter' : 'learner'),
      )
    );
  }

  private ids(set: number): string {
    return this.all.filter((id) => set & (1 << id)).join('+');
  }

  /** Everything that may happen next. */
  steps(state: State): Step<State>[] {
    const steps: Step<State>[] = [];
    const add: Add = (name, fault, change) => {
      const members = state.members.map((member) => ({ ...member }));
      const rest = change(members);
      const next = { ...state, ...(rest ?? {}), members };
      const formed =
        state.formed ||
        (next.agreed >= 0 && this.scenario.founders.every((id) => members[id].disk === 'data'));
      steps.push({ name, fault, to: { ...next, formed } });
    };
    for (const id of this.all) {
      this.gateSteps(state, id, add);
      this.faults(state, id, add);
    }
    this.serverSteps(state, add);
    return steps;
  }

  private gateSteps(state: State, id: number, add: Add): void {
    const member = state.members[id];
    if (member.process === 'gate') {
      for (const peer of this.all) {
        if (peer === id) continue;
        const other = state.members[peer];
        if (isServer(other)) continue;
        add(`${id} asks ${peer}`, false, (m) => {
          note(m[peer], m[id], id);
          note(m[id], m[peer], peer);
          m[id].answered |= 1 << peer;
        });
        // The asker ends after the listener has noted what it stated.
        add(`${id} asks ${peer} in vain`, true, (m) => note(m[peer], m[id], id));
      }
      for (const seen of [true, false]) {
        for (const formed of state.formed ? [true, false] : [false]) {
          const decision = this.scenario.decide(this.facts(state, id, seen, formed));
          if (decision.action === 'wait' || decision.action === 'refuse') continue;
          const next = decision.action === 'join' ? (`join-${decision.disk}` as const) : decision.action;
          const fault = !seen || formed !== state.formed;
          add(`${id} decides: ${next}`, fault, (m) => {
            m[id].answered = 0;
            m[id].process = next;
          });
        }
      }
    }
    const act = (name: string, change: (m: Member) => void) =>
      add(`${id} ${name}`, false, (m) => change(m[id]));
    const listed = (this.voters(state.agreed) & (1 << id)) !== 0;
    if (member.process === 'found' || member.process === 'join-founding') {
      act('founds', (m) => {
        m.disk = 'founding';
        m.process = 'voter';
      });
      add(`${id} ends while it founds`, true, (m) => {
        m[id].disk = 'founding';
        m[id].process = 'gate';
      });
    }
    if (member.process === 'start' || member.process === 'join-keep') {
      act('starts', (m) => {
        const guest = member.process === 'join-keep' && !listed;
        if (member.process === 'join-keep' && listed) m.membership = state.agreed;
        m.process = guest ? 'learner' : 'voter';
        m.heard = 0;
      });
    }
    if (member.process === 'join-empty') {
      act('joins', (m) => {
        m.process = 'learner';
      });
    }
  }

  private serverSteps(state: State, add: Add): void {
    for (const id of this.all) {
      const { process, disk } = state.members[id];
      if (process === 'voter' && disk === 'founding') {
        add(`${id} stores its empty database`, false, (m) => {
          m[id].disk = 'data';
        });
      }
    }
    for (const { set, membership } of this.quorums(state)) {
      const history = this.latest(state, set);
      const agreed = Math.max(membership, 0);
      const serve = (m: Member[], who: number, held: number, known: number) => {
        for (const id of this.all) {
          if (!(who & (1 << id))) continue;
          const process = this.voters(known) & (1 << id) ? 'voter' : 'learner';
          Object.assign(m[id], { disk: 'data', history: held, membership: known, blank: false, process });
        }
      };
      const name = this.ids(set);
      add(`${name} serve`, false, (m) => {
        serve(m, set, history, agreed);
        return { agreed: Math.max(state.agreed, agreed) };
      });
      if (state.writes < this.scenario.writes) {
        add(`${name} acknowledge a write`, true, (m) => {
          const write = 1 << state.writes;
          serve(m, set, history | write, agreed);
          return {
            writes: state.writes + 1,
            acknowledged: state.acknowledged | write,
            agreed: Math.max(state.agreed, agreed),
          };
        });
      }
      for (const id of this.all) {
        if (set & (1 << id) || !isServer(state.members[id])) continue;
        add(`${id} catches up with ${name}`, false, (m) => {
          serve(m, set | (1 << id), history, agreed);
          return { agreed: Math.max(state.agreed, agreed) };
        });
      }
      this.reconfigure(state, { set, agreed, history }, serve, add);
    }
  }

  private reconfigure(
    state: State,
    quorum: { set: number; agreed: number; history: number },
    serve: (m: Member[], who: number, held: number, known: number) => void,
    add: Add,
  ): void {
    const next = quorum.agreed + 1;
    if (next >= this.masks.length || state.agreed !== quorum.agreed) return;
    const wanted = this.masks[next];
    // Those that were brought up to date follow; the new membership needs a majority of its own, too.
    const synced = this.all.filter((id) => {
      const { disk, history, membership } = state.members[id];
      const current = disk === 'data' && history === quorum.history && membership === quorum.agreed;
      return isServer(state.members[id]) && current && wanted & (1 << id);
    });
    const who = synced.reduce((mask, id) => mask | (1 << id), quorum.set);
    // Who is to vote has caught up before: the rule of whoever changes the membership.
    if (wanted & ~this.masks[quorum.agreed] & ~who || bits(who & wanted) <= bits(wanted) >> 1) return;
    add(`${this.ids(who)} agree on membership ${next}`, true, (m) => {
      serve(m, who, quorum.history, next);
      return { agreed: next };
    });
  }

  private faults(state: State, id: number, add: Add): void {
    const member = state.members[id];
    if (member.process !== 'gate' || member.answered) {
      add(`${id} ends`, true, (m) => void Object.assign(m[id], { process: 'gate', answered: 0 }));
    }
    if (this.scenario.wipes === false || (member.blank && member.disk === 'empty' && !member.heard)) return;
    add(`${id} loses its disk`, true, (m) => {
      m[id] = { ...this.initial().members[id], blank: true };
    });
  }

  private facts(state: State, self: number, seen: boolean, formed: boolean): GateFacts {
    const { founders, memberships } = this.scenario;
    const serving = new Map<number, number>();
    if (seen) {
      for (const { set, membership } of this.quorums(state)) {
        for (const id of this.all) {
          const { disk, membership: known } = state.members[id];
          const follows =
            isServer(state.members[id]) && disk === 'data' && known >= 0 && known === membership;
          if (set && follows) serving.set(id, known);
        }
      }
    }
    const { disk, membership, heard, answered } = state.members[self];
    const peers = new Map<number, Peer>();
    for (const id of this.all) {
      if (id === self) continue;
      const other = state.members[id];
      const known = serving.get(id);
      // Silence only ever holds a gate back, so a server that would not answer adds nothing.
      if (known !== undefined) {
        peers.set(id, { state: 'serving', version: BigInt(known + 1), members: memberships[known] });
      } else if (isServer(other)) peers.set(id, { state: 'waiting' });
      else if (answered & (1 << id)) peers.set(id, { state: 'gate', disk: other.disk });
      else peers.set(id, { state: 'silent', reason: 'no answer' });
    }
    const data = {
      state: 'data',
      version: BigInt(membership + 1),
      members: memberships[Math.max(0, membership)],
    } as const;
    return {
      self,
      members: this.all,
      founders,
      formed,
      disk: disk === 'data' ? data : { state: disk },
      peers,
      // Whom servers take for their leader is left out: a gate only waits for it, and some leader comes.
      led: true,
      seenEmpty: new Set(this.all.filter((id) => heard & (1 << id))),
    };
  }
}

// biome-ignore lint/suspicious/noConfusingVoidType: most changes give nothing back.
type Add = (name: string, fault: boolean, change: (members: Member[]) => Partial<State> | void) => void;

/** `listener` keeps that `id` has stated an empty disk, if its own is. */
function note(listener: Member, speaker: Member, id: number): void {
  if (listener.disk !== 'data' && speaker.disk !== 'data') listener.heard |= 1 << id;
}

/** A state as a text that is the same for the same state. */
export function keyOf({ members, acknowledged, writes, agreed, formed }: State): string {
  return `${members.map((m) => memberKey(m)).join('')}${acknowledged},${writes},${agreed},${formed}`;
}

function memberKey(m: Member, heard = m.heard, answered = m.answered): string {
  const flags = PROCESSES.indexOf(m.process) * 8 + DISKS.indexOf(m.disk) * 2 + (m.blank ? 1 : 0);
  return String.fromCharCode(48 + flags, 48 + heard, 48 + answered, 48 + m.history, 49 + m.membership);
}

const DISKS: readonly Member['disk'][] = ['empty', 'founding', 'data'];
const PROCESSES: readonly Process[] = [
  'gate',
  'found',
  'start',
  'join-keep',
  'join-empty',
  'join-founding',
  'voter',
  'learner',
];

/** The same for states that differ only in which member is which, where the scenario treats them alike. */
export function symmetricKey(scenario: Scenario): (state: State) => string {
  const { size, founders, memberships } = scenario;
  const kind = (id: number) => [founders, ...memberships].map((ids) => ids.includes(id)).join();
  const orders = permutations(Array.from({ length: size }, (_, id) => id)).filter((order) =>
    order.every((id, place) => kind(id) === kind(place)),
  );
  // Where each set of members goes under each order.
  const moved = orders.map((order) =>
    Array.from({ length: 1 << size }, (_, mask) =>
      order.reduce((to, id, place) => (mask & (1 << id) ? to | (1 << place) : to), 0),
    ),
  );
  return (state) => {
    let least = '';
    for (const [index, order] of orders.entries()) {
      let key = '';
      for (const id of order) {
        const m = state.members[id];
        key += memberKey(m, moved[index][m.heard], moved[index][m.answered]);
      }
      if (!least || key < least) least = key;
    }
    return `${least}${state.acknowledged},${state.writes},${state.agreed},${state.formed}`;
  };
}

function permutations(ids: readonly number[]): number[][] {
  if (ids.length === 0) return [[]];
  return ids.flatMap((id) => permutations(ids.filter((other) => other !== id)).map((rest) => [id, ...rest]));
}

/** Looks at every state that can be reached while fewer than a majority of disks are blank. */
export function search(scenario: Scenario, limit?: number): Found {
  return searchStates(new Model(scenario), symmetricKey(scenario), limit);
}
