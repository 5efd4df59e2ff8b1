import * as fc from 'fast-check';
import type { Member as Fact, Facts, Part, Server, Step } from '../../lib/steward/facts';
import type { nextStep } from '../../lib/steward/next-step';

// A cluster with its StatefulSet, its kubelets, its users and its steward, small enough to look at all of its states.
// Time is left out: whatever may happen may happen in any order, and between what the steward has looked at and what it
// does about it one other thing may happen.

/** What a member's pod and the server in it do. */
export type Pod =
  | 'none'
  /** Its gate runs. */
  | 'gate'
  /** It fails on its revision. */
  | 'broken'
  /** Its server runs and follows nobody. */
  | 'waiting'
  /** It follows the leader and is behind. */
  | 'behind'
  /** It has everything, and is not ready. */
  | 'synced'
  | 'ready'
  /** It votes, and answers neither the steward nor its probes. */
  | 'mute'
  /** Its server was taken out of the membership, ends, and is started again and again. */
  | 'expelled'
  /** It is being deleted, and its server still votes. */
  | 'leaving'
  /** It is being deleted. */
  | 'ending';

/**
 * What a member's disk holds: nothing, nothing although the membership counts on it, data that lacks something which was
 * acknowledged, or everything.
 */
export type Disk = 'empty' | 'lost' | 'old' | 'data';

export interface Member {
  pod: Pod;
  /** Revision of the pod, 0 without one. */
  revision: number;
  disk: Disk;
  listed: Part | undefined;
}

/** One state of everything. */
export interface State {
  members: Member[];
  replicas: number;
  leader: number;
  /** 0: nothing was ever served; 1: the cluster has served; 2: it is marked as formed. */
  stage: number;
  provisioned: boolean;
  /** Index of the manifests that were applied last. */
  commit: number;
  /** How often each kind of fault has happened. */
  faults: number[];
}

/** How a revision fails: it never starts, hangs, or works and never becomes ready. */
export type Bad = 'crashes' | 'hangs' | 'unready';

/** What is applied together. */
export interface Commit {
  /** `v` for each voter and `o` for each observer that is wanted. */
  readonly wanted: string;
  readonly revision: number;
  /** Whether applying it resets the replicas, as `kubectl replace` does. */
  readonly resets?: boolean;
}

const FAULTS = ['evict', 'crash', 'wipe', 'silence', 'reset', 'unlist'] as const;

/** What is modelled. */
export interface Scenario {
  readonly size: number;
  readonly founders: readonly number[];
  /** What is applied, one after the other, at any time. */
  readonly commits: readonly Commit[];
  /** Revisions that do not work. */
  readonly bad?: Readonly<Record<number, Bad>>;
  /** Begins with a cluster that was never formed. */
  readonly fresh?: boolean;
  /** Whether members need a place before they start, which they lose with their disk. */
  readonly invites?: boolean;
  /** Whether the steward knows the last membership while nothing serves. */
  readonly remembers?: boolean;
  /** How often each kind of fault may happen. */
  readonly faults?: Partial<Record<(typeof FAULTS)[number], number>>;
  readonly nextStep: typeof nextStep;
}

/** A step; `fault` when nobody can count on it, and progress must not need it. */
export interface Move {
  readonly name: string;
  readonly fault: boolean;
  readonly to: State;
  /** What the steward did wrong with it. */
  readonly wrong?: string;
}

const PODS: readonly Pod[] = [
  'none',
  'gate',
  'broken',
  'waiting',
  'behind',
  'synced',
  'ready',
  'mute',
  'expelled',
  'leaving',
  'ending',
];
const DISKS: readonly Disk[] = ['empty', 'lost', 'old', 'data'];
const PARTS: readonly (Part | undefined)[] = [undefined, 'voter', 'observer'];

/** Servers that have everything the leader has, whether they stay or not. */
const votes = ({ pod }: Member): boolean => stays(pod) || pod === 'leaving';
const holds = ({ disk }: Member): boolean => disk === 'old' || disk === 'data';
const stays = (pod: Pod): boolean => pod === 'synced' || pod === 'ready' || pod === 'mute';
const ends = (pod: Pod): boolean => pod === 'none' || pod === 'ending' || pod === 'leaving';

/** Whether more than half of the listed voters fulfil a condition. */
function most(members: readonly Member[], condition: (member: Member) => boolean): boolean {
  let all = 0;
  let met = 0;
  for (const member of members) {
    if (member.listed !== 'voter') continue;
    all++;
    if (condition(member)) met++;
  }
  return met > all / 2;
}

const clone = (state: State): State => ({
  members: state.members.map(({ pod, revision, disk, listed }) => ({ pod, revision, disk, listed })),
  replicas: state.replicas,
  leader: state.leader,
  stage: state.stage,
  provisioned: state.provisioned,
  commit: state.commit,
  faults: state.faults.slice(),
});

export class Model {
  private readonly all: number[];
  private readonly wanted: (Part | undefined)[][];
  private readonly budget: number[];
  private readonly radix: number;

  constructor(private readonly scenario: Scenario) {
    this.all = Array.from({ length: scenario.size }, (_, id) => id);
    this.wanted = scenario.commits.map(({ wanted }) =>
      this.all.map((id) => (wanted[id] === 'v' ? 'voter' : wanted[id] === 'o' ? 'observer' : undefined)),
    );
    this.budget = FAULTS.map((fault) => scenario.faults?.[fault] ?? 0);
    this.radix = 1 + Math.max(...scenario.commits.map(({ revision }) => revision));
  }

  initial(): State {
    const [first] = this.scenario.commits;
    const fresh = this.scenario.fresh ?? false;
    const members = this.all.map((id): Member => {
      const listed = fresh ? undefined : this.wanted[0][id];
      return { pod: listed ? 'ready' : 'none', revision: 0, disk: listed ? 'data' : 'empty', listed };
    });
    return {
      members,
      replicas: fresh ? 1 : first.wanted.length,
      leader: fresh ? -1 : 0,
      stage: fresh ? 0 : 2,
      provisioned: !fresh,
      commit: 0,
      faults: FAULTS.map(() => 0),
    };
  }

  /** A number that is the same for the same state. */
  key(state: State): number {
    let key = state.commit;
    for (const { pod, revision, disk, listed } of state.members) {
      key = key * PODS.length + PODS.indexOf(pod);
      key = key * this.radix + revision;
      key = (key * DISKS.length + DISKS.indexOf(disk)) * PARTS.length + PARTS.indexOf(listed);
    }
    key = (key * (this.all.length + 1) + state.replicas) * (this.all.length + 1) + state.leader + 1;
    key = (key * 3 + state.stage) * 2 + (state.provisioned ? 1 : 0);
    for (const [index, count] of state.faults.entries()) key = key * (this.budget[index] + 1) + count;
    if (key > Number.MAX_SAFE_INTEGER) throw new Error('the states do not fit into a number');
    return key;
  }

  private bad(revision: number): Bad | undefined {
    return this.scenario.bad?.[revision];
  }

  private revision(state: State): number {
    return this.scenario.commits[state.commit].revision;
  }

  /** What is wrong with a state, undefined when nothing is. */
  violation({ members, stage }: State): string | undefined {
    if (stage > 0 && most(members, ({ disk }) => disk === 'old')) {
      return 'a majority could serve without what was acknowledged';
    }
    return undefined;
  }

  /** Whether as many disks were lost as nobody promises to survive. */
  private hopeless({ members, stage }: State): boolean {
    const voters = members.filter(({ listed }) => listed === 'voter');
    return stage > 0 && voters.filter((voter) => !holds(voter)).length > (voters.length - 1) >> 1;
  }

  /** Whether everything is as it is wanted, by the world's own account. */
  private isGoal(state: State): boolean {
    const wanted = this.wanted[state.commit];
    return (
      state.stage === 2 &&
      state.provisioned &&
      state.replicas === wanted.filter(Boolean).length &&
      state.members.every(
        ({ pod, revision, listed }, id) =>
          listed === wanted[id] &&
          (wanted[id] ? pod === 'ready' && revision === this.revision(state) : pod === 'none'),
      )
    );
  }

  /** What is wrong with a state in which nothing more happens by itself. */
  unsettled(state: State): string | undefined {
    const step = this.scenario.nextStep(this.facts(state, true));
    if (this.isGoal(state) && step.step === 'rest') return undefined;
    const end = `at rest, and not as wanted: ${step.step} (${step.why})`;
    if (!this.bad(this.revision(state)) || step.step !== 'wait') return end;
    if (!step.todo) return `${end}, and nobody is told what to do`;
    const served = this.wanted.every((wanted) => wanted.filter((part) => part === 'voter').length > 1);
    const harmed = FAULTS.some((fault, index) => fault !== 'unlist' && state.faults[index] > 0);
    if (served && !harmed && !this.scenario.fresh && state.leader < 0) return `${end}, and nothing serves`;
    return undefined;
  }

  /** Everything that may happen next. */
  moves(state: State): Move[] {
    const world = this.world(state);
    const moves = [...world];
    for (const step of this.decisions(state)) {
      moves.push(...this.act(state, state, step, '', false));
      for (const meanwhile of world) {
        const before = `${meanwhile.name}, meanwhile `;
        moves.push(...this.act(state, meanwhile.to, step, before, meanwhile.fault));
      }
    }
    return moves;
  }

  /** What the steward may do: patience is a matter of time, so that its decision may be with or without it. */
  decisions(state: State): Step[] {
    const steps: Step[] = [];
    for (const stalled of [false, true]) {
      const step = this.scenario.nextStep(this.facts(state, stalled));
      if (step.step === 'wait' || step.step === 'rest') continue;
      if (!steps.some((other) => textOf(other) === textOf(step))) steps.push(step);
    }
    return steps;
  }

  /** What happens when the steward does on `now` what it has decided on `seen`. */
  private act(seen: State, now: State, step: Step, before: string, fault: boolean): Move[] {
    const to = clone(now);
    const { members } = to;
    const move = (wrong?: string): Move[] => {
      this.normalize(to);
      if (fault && this.hopeless(to)) return [];
      return [{ name: `${before}the steward: ${textOf(step)} (${step.why})`, fault, to, wrong }];
    };
    switch (step.step) {
      case 'scale': {
        if (step.replicas > this.all.length || step.replicas < 1) return move(`scaled to ${step.replicas}`);
        const cut = this.all.find((id) => id >= step.replicas && id < now.replicas && members[id].listed);
        to.replicas = step.replicas;
        if (cut !== undefined) return move(`took the pod of ${cut}, which is a member`);
        const listed = 1 + Math.max(...this.all.filter((id) => seen.members[id].listed));
        const many = this.quorum(seen) && step.replicas > Math.max(seen.replicas + 1, listed);
        return move(many ? 'let several members join at once' : undefined);
      }
      case 'mark-formed': {
        const missing = this.scenario.founders.find(
          (id) =>
            this.wanted[seen.commit][id] &&
            members[id].listed &&
            !votes(seen.members[id]) &&
            // Nor does it need to found: its place is given up, and it is invited.
            seen.members[id].disk !== 'lost',
        );
        to.stage = 2;
        return move(missing === undefined ? undefined : `marked as formed, and ${missing} may hold nothing`);
      }
      case 'provision':
        if (now.leader < 0) return [];
        to.provisioned = true;
        return move();
      case 'restart': {
        const target = members[step.id];
        if (ends(target.pod)) return [];
        const alone = target.listed === 'voter' && this.voters(now) === 1;
        const other = this.all.find(
          (id) => id !== step.id && this.wanted[seen.commit][id] && seen.members[id].pod !== 'ready',
        );
        this.end(target);
        if (seen.members[step.id].pod === 'ready' && other !== undefined) {
          return move(`ended ${step.id}, which is well, while ${other} is not`);
        }
        return move(fault || alone ? undefined : this.harm(seen, now, to));
      }
      case 'admit':
      case 'dismiss': {
        // Made dependent on the membership that was looked at.
        if (now.leader < 0 || this.all.some((id) => now.members[id].listed !== seen.members[id].listed)) {
          return [];
        }
        if (step.step === 'dismiss') this.unlist(members[step.id < 0 ? -1 - step.id : step.id]);
        else {
          if (this.scenario.invites && step.as === 'observer') {
            const other = members.findIndex(({ listed, pod }) => listed === 'observer' && !stays(pod));
            if (other >= 0 && !fault) return move(`invited ${step.id} while ${other} joins`);
            members[step.id].disk = 'empty';
          }
          members[step.id].listed = step.as;
        }
        return move(fault ? undefined : this.harm(seen, now, to));
      }
      default:
        return [];
    }
  }

  private voters({ members }: State): number {
    return members.filter(({ listed }) => listed === 'voter').length;
  }

  /**
   * Whether an action took the majority, of those that stay or at all, from a cluster that had it. One of which no member
   * is ready or answers anybody serves nobody, as far as anybody can know.
   */
  private harm(seen: State, now: State, to: State): string | undefined {
    if (seen.members.every((member) => !votes(member) || member.pod === 'mute')) return undefined;
    for (const counts of [(member: Member) => stays(member.pod), votes]) {
      const had = most(seen.members, counts) && most(now.members, counts);
      if (had && !most(to.members, counts)) return 'took the majority';
    }
    return undefined;
  }

  private unlist(member: Member): void {
    member.listed = undefined;
    if (!this.scenario.invites) return;
    if (member.disk === 'lost') member.disk = 'empty';
    if (stays(member.pod) || member.pod === 'waiting' || member.pod === 'behind') member.pod = 'expelled';
    else if (member.pod === 'leaving') member.pod = 'ending';
  }

  private end(member: Member): void {
    member.pod = votes(member) ? 'leaving' : 'ending';
  }

  /** What follows at once: a leader without a majority is none, and what it acknowledges others miss. */
  private normalize(state: State): void {
    const { members } = state;
    for (const member of members) if (member.pod === 'none') member.revision = 0;
    if (state.leader >= 0) {
      const leader = members[state.leader];
      if (leader.listed !== 'voter' || !votes(leader) || !most(members, votes)) state.leader = -1;
    }
    for (const member of members) {
      const { pod } = member;
      if (state.leader >= 0) {
        if (!votes(member) && member.disk === 'data') member.disk = 'old';
      } else if (stays(pod) || pod === 'behind') member.pod = 'waiting';
      else if (pod === 'leaving') member.pod = 'ending';
    }
  }

  /** What everybody but the steward may do. */
  private world(state: State): Move[] {
    const moves: Move[] = [];
    const add: Add = (name, fault, change) => {
      const to = clone(state);
      change(to);
      this.normalize(to);
      moves.push({ name, fault, to });
    };
    for (const id of this.all) {
      this.kubernetes(state, id, add);
      this.server(state, id, add);
      this.faults(state, id, add, moves);
    }
    this.elect(state, add);
    this.users(state, add);
    return moves;
  }

  private kubernetes(state: State, id: number, add: Add): void {
    const { pod } = state.members[id];
    if (pod === 'none' && id < state.replicas) {
      add(`${id} gets a pod`, false, ({ members }) => {
        members[id].pod = 'gate';
        members[id].revision = this.revision(state);
      });
    }
    if (id >= state.replicas && !ends(pod)) {
      add(`the StatefulSet ends ${id}`, false, ({ members }) => this.end(members[id]));
    }
    if (pod === 'ending' || pod === 'leaving') {
      add(`${id} has ended`, false, ({ members }) => {
        members[id].pod = 'none';
      });
    }
    if (pod === 'mute') {
      add(`the kubelet starts ${id} again`, false, ({ members }) => {
        members[id].pod = 'gate';
      });
    }
  }

  private server(state: State, id: number, add: Add): void {
    const { pod, revision, disk, listed } = state.members[id];
    const become = (what: string, next: Pod) =>
      add(`${id} ${what}`, false, ({ members }) => {
        members[id].pod = next;
      });
    if (pod === 'gate') {
      const bad = this.bad(revision);
      if (bad === 'crashes') become('fails', 'broken');
      if (bad === 'crashes' || bad === 'hangs') return;
      if (this.mayStart(state, id)) become('starts', 'waiting');
      else if (this.mayFound(state, id)) {
        add(`${id} founds`, false, ({ members }) => {
          for (const founder of this.scenario.founders) members[founder].listed = 'voter';
          Object.assign(members[id], { pod: 'waiting', disk: 'data' });
        });
      }
    }
    if (pod === 'waiting' && state.leader >= 0) {
      if (this.scenario.invites && !listed) become('is refused', 'expelled');
      else {
        add(`${id} follows`, false, ({ members }) => {
          members[id].pod = 'behind';
          if (this.scenario.invites && disk === 'empty') members[id].disk = 'old';
        });
      }
    }
    if (pod === 'behind') {
      add(`${id} is in step`, false, ({ members }) => {
        Object.assign(members[id], { pod: 'synced', disk: 'data' });
      });
    }
    const guest = this.scenario.invites && listed === 'observer';
    if (pod === 'synced' && !guest && this.bad(revision) !== 'unready') become('is ready', 'ready');
  }

  private mayStart({ members, leader, commit }: State, id: number): boolean {
    const member = members[id];
    const { disk, listed } = member;
    if (!this.scenario.invites) {
      return (
        (leader >= 0 && Boolean(listed || this.wanted[commit][id])) || (holds(member) && Boolean(listed))
      );
    }
    if (holds(member)) return Boolean(listed) || leader < 0;
    if (disk !== 'empty' || leader < 0) return false;
    // A founder that was slow has stored nothing either.
    return listed === 'observer' || (listed === 'voter' && this.scenario.founders.includes(id));
  }

  /** A founder needs the word of every member; what keeps them from being mistaken is the gates' own model. */
  private mayFound({ stage, members, commit }: State, id: number): boolean {
    const { founders } = this.scenario;
    const present = (other: number) => !ends(members[other].pod) && members[other].pod !== 'broken';
    return (
      stage === 0 &&
      founders.includes(id) &&
      this.all.every((other) => !(founders.includes(other) || this.wanted[commit][other]) || present(other))
    );
  }

  /** A majority of voters with data elects one that has the most. */
  private elect(state: State, add: Add): void {
    const able = ({ pod, disk, listed }: Member) =>
      pod === 'waiting' && (disk === 'old' || disk === 'data') && listed === 'voter';
    if (state.leader >= 0 || !most(state.members, able)) return;
    for (const id of this.all) {
      if (!able(state.members[id]) || state.members[id].disk !== 'data') continue;
      add(`${id} is elected`, false, (to) => {
        to.leader = id;
        to.stage = Math.max(1, to.stage);
        for (const member of to.members) {
          if (able(member)) Object.assign(member, { pod: 'synced', disk: 'data' });
        }
      });
    }
  }

  private faults(state: State, id: number, add: Add, moves: Move[]): void {
    const { pod, listed } = state.members[id];
    const fault = (
      kind: (typeof FAULTS)[number],
      name: string,
      change: (member: Member, to: State) => void,
    ) => {
      const index = FAULTS.indexOf(kind);
      if (state.faults[index] >= this.budget[index]) return;
      add(name, true, (to) => {
        to.faults[index]++;
        change(to.members[id], to);
      });
    };
    if (!ends(pod)) fault('evict', `somebody ends ${id}`, (member) => this.end(member));
    if (!ends(pod) && pod !== 'gate' && pod !== 'broken') {
      fault('crash', `${id} crashes`, (member) => {
        member.pod = 'gate';
      });
    }
    if (pod === 'ready') {
      fault('silence', `${id} falls silent`, (member) => {
        member.pod = 'mute';
      });
    }
    if (holds(state.members[id])) {
      fault('wipe', `${id} loses its pod and its disk`, (member) => {
        Object.assign(member, { pod: 'none', disk: this.scenario.invites && listed ? 'lost' : 'empty' });
      });
      const last = moves.at(-1);
      if (last?.name === `${id} loses its pod and its disk` && this.hopeless(last.to)) moves.pop();
    }
    if (listed && state.leader >= 0 && state.leader !== id) {
      const without = state.members.map((member, other) =>
        other === id ? { ...member, listed: undefined } : member,
      );
      if (most(without, ({ pod: other }) => stays(other))) {
        fault('unlist', `somebody takes ${id} out of the membership`, (member) => this.unlist(member));
      }
    }
  }

  private users(state: State, add: Add): void {
    const commit = this.scenario.commits[state.commit + 1];
    if (commit) {
      const { wanted, revision } = commit;
      add(`applied: ${wanted}, revision ${revision}${commit.resets ? ', replicas 1' : ''}`, true, (to) => {
        to.commit++;
        if (commit.resets) to.replicas = 1;
      });
    }
    if (this.advises(state)) {
      add('somebody scales as advised', false, (to) => {
        to.replicas = this.all.length;
      });
    }
    const index = FAULTS.indexOf('reset');
    if (state.faults[index] >= this.budget[index]) return;
    for (let replicas = 1; replicas < state.replicas; replicas++) {
      add(`somebody sets the replicas to ${replicas}`, true, (to) => {
        to.faults[index]++;
        to.replicas = replicas;
      });
    }
  }

  /** Whether people are told to give pods to more members, and have not done so. */
  private advises(state: State): boolean {
    if (state.leader >= 0 || state.stage < 2 || state.replicas === this.all.length) return false;
    const step = this.scenario.nextStep(this.facts(state, true));
    return step.step === 'wait' && step.todo?.includes('kubectl scale') === true;
  }

  /** Whether the steward sees a leader. */
  private quorum({ leader, members }: State): boolean {
    return leader >= 0 && members[leader].pod !== 'mute';
  }

  /** What the steward sees; `stalled` says whether it has lost its patience with what is not ready. */
  facts(state: State, stalled: boolean): Facts {
    const quorum = this.quorum(state);
    const known = quorum || this.scenario.remembers;
    const applied = this.revision(state);
    const members: Fact[] = [];
    for (const id of this.all) {
      const { pod, revision, disk, listed: part } = state.members[id];
      const wanted = this.wanted[state.commit][id];
      const place = known ? part : undefined;
      // Only its gate tells that a disk is gone.
      const lost = place && disk === 'lost' && pod === 'gate';
      const listed = lost ? undefined : place;
      if (lost) {
        const server = { state: 'silent' as const, reason: 'that disk is gone' };
        members.push({
          id: -1 - id,
          listed: place,
          server,
          ghost: { of: id, name: `the lost disk of zk-${id}` },
        });
      }
      if (!wanted && !listed && pod === 'none') continue;
      members.push({
        id,
        wanted,
        listed,
        pod:
          pod === 'none'
            ? undefined
            : {
                name: `zk-${id}`,
                uid: `${id}`,
                revision: `r${revision}`,
                outdated:
                  revision === applied ? undefined : `it runs r${revision}, and r${applied} was applied`,
                ready: pod === 'ready',
                terminating: pod === 'ending' || pod === 'leaving',
                started: pod !== 'gate' && pod !== 'broken',
                broken: pod === 'broken' || pod === 'expelled' ? 'CrashLoopBackOff' : undefined,
                stalled: stalled && pod !== 'ready',
              },
        server: this.serverOf(state, id),
      });
    }
    return {
      formed: state.stage === 2,
      founders: this.scenario.founders,
      firstId: 0,
      replicas: state.replicas,
      quorum,
      provisioned: state.provisioned || !quorum,
      invites: this.scenario.invites,
      members,
    };
  }

  private serverOf(state: State, id: number): Server {
    const { pod, listed } = state.members[id];
    switch (pod) {
      case 'gate':
        return { state: 'gate', disk: holds(state.members[id]) ? 'data' : 'empty' };
      case 'waiting':
        return { state: 'waiting' };
      case 'behind':
      case 'synced':
      case 'ready':
      case 'leaving': {
        const role = state.leader === id ? 'leader' : listed === 'voter' ? 'follower' : 'observer';
        const synced = pod !== 'behind' && this.quorum(state);
        return { state: 'serving', role, synced, lag: pod === 'behind' ? 1 : 0 };
      }
      default:
        return { state: 'silent', reason: 'no answer' };
    }
  }
}

type Add = (name: string, fault: boolean, change: (to: State) => void) => void;

function textOf(step: Step): string {
  switch (step.step) {
    case 'scale':
      return `scales to ${step.replicas}`;
    case 'restart':
      return `restarts ${step.id}`;
    case 'admit':
      return `admits ${step.id} as ${step.as}`;
    case 'dismiss':
      return `dismisses ${step.id}`;
    default:
      return step.step;
  }
}

/** A state as one line. */
export function show({ members, replicas, leader, stage, commit }: State): string {
  const each = members.map(
    ({ pod, revision, disk, listed }, id) =>
      `${id}${id === leader ? '*' : ''}: ${listed ?? 'unlisted'} ${pod}${pod === 'none' ? '' : ` r${revision}`} ${disk}`,
  );
  return `[${each.join(' | ')}] replicas ${replicas}, stage ${stage}, commit ${commit}`;
}

/** What a search has found. */
export interface Found {
  readonly states: number;
  readonly problem?: { readonly what: string; readonly trace: readonly string[] };
}

/** A list of integers that grows. */
class Integers {
  private items = new Int32Array(1 << 16);
  length = 0;

  push(item: number): void {
    if (this.length === this.items.length) {
      const more = new Int32Array(this.items.length * 2);
      more.set(this.items);
      this.items = more;
    }
    this.items[this.length++] = item;
  }

  at(index: number): number {
    return this.items[index];
  }
}

/** Numbers in the order in which they were first met; several times as fast as a Map is with numbers like these. */
class Numbers {
  private items = new Float64Array(1 << 15);
  /** Places of the numbers and 1, or 0, at or after where each belongs. */
  private slots = new Int32Array(1 << 16);
  length = 0;

  at(place: number): number {
    return this.items[place];
  }

  /** The place of a number, after adding it if it is new. */
  place(item: number): number {
    const slot = this.slot(item);
    if (this.slots[slot] > 0) return this.slots[slot] - 1;
    if (this.length === this.items.length) {
      this.grow();
      return this.place(item);
    }
    this.items[this.length++] = item;
    this.slots[slot] = this.length;
    return this.length - 1;
  }

  private slot(item: number): number {
    const mask = this.slots.length - 1;
    let slot =
      (Math.imul(item % 0x1_0000_0000, 0x9e37_79b1) ^ Math.imul(item / 0x1_0000_0000, 0x85eb_ca6b)) >>> 0;
    for (slot = (slot ^ (slot >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const place = this.slots[slot];
      if (place === 0 || this.items[place - 1] === item) return slot;
    }
  }

  private grow(): void {
    const { items } = this;
    this.items = new Float64Array(items.length * 2);
    this.items.set(items);
    this.slots = new Int32Array(items.length * 4);
    for (let place = 0; place < this.length; place++) this.slots[this.slot(items[place])] = place + 1;
  }
}

/**
 * Looks at every state that can be reached. Without further faults every way must end, so that nothing goes round for
 * ever, and where it ends all must be as wanted: then every way leads there, whatever comes first.
 */
export function search(scenario: Scenario, limit = 1_500_000): Found {
  const model = new Model(scenario);
  const keys = new Numbers();
  const parent = new Integers();
  // Moves without faults, by number of the state: from and to.
  const froms = new Integers();
  const tos = new Integers();
  let queue: State[] = [model.initial()];
  keys.place(model.key(queue[0]));
  parent.push(-1);
  let at = 0;
  const problem = (
    what: string,
    end: number,
    more: { last?: Move; round?: readonly number[] } = {},
  ): Found => {
    const way: number[] = [];
    for (let on = end; on > 0; on = parent.at(on)) way.unshift(on);
    const lines = replay(model, keys, [...way, ...(more.round ?? [])]);
    return {
      states: keys.length,
      problem: { what, trace: [...lines, ...(more.last ? [line(more.last)] : [])] },
    };
  };
  while (queue.length > 0) {
    const next: State[] = [];
    for (const state of queue) {
      const here = at++;
      const what = model.violation(state);
      if (what) return problem(what, here);
      let moved = false;
      for (const move of model.moves(state)) {
        if (move.wrong) return problem(`the steward ${move.wrong}`, here, { last: move });
        const known = keys.length;
        const to = keys.place(model.key(move.to));
        if (to === known) {
          if (to > limit) throw new Error(`more than ${limit} states`);
          parent.push(here);
          next.push(move.to);
        }
        if (move.fault || to === here) continue;
        moved = true;
        froms.push(here);
        tos.push(to);
      }
      if (moved) continue;
      const unsettled = model.unsettled(state);
      if (unsettled) return problem(unsettled, here);
    }
    queue = next;
  }
  const round = cycle(keys.length, froms, tos);
  if (!round) return { states: keys.length };
  return problem('goes round for ever', round[0], { round: [...round.slice(1), round[0]] });
}

const line = ({ name, to }: Move): string => `${name} -> ${show(to)}`;

/** How a state is reached, found by going there again. */
function replay(model: Model, keys: Numbers, way: readonly number[]): string[] {
  let state = model.initial();
  const lines = [show(state)];
  for (const at of way) {
    const move = model.moves(state).find(({ to }) => model.key(to) === keys.at(at));
    if (!move) throw new Error('the way is lost');
    lines.push(line(move));
    state = move.to;
  }
  return lines;
}

/** States on a way that leads back to its beginning, undefined when there is none. */
function cycle(size: number, froms: Integers, tos: Integers): number[] | undefined {
  const left = new Int32Array(size);
  const first = new Int32Array(size + 1);
  for (let edge = 0; edge < froms.length; edge++) {
    left[froms.at(edge)]++;
    first[tos.at(edge) + 1]++;
  }
  for (let at = 0; at < size; at++) first[at + 1] += first[at];
  const place = first.slice();
  const before = new Int32Array(froms.length);
  for (let edge = 0; edge < froms.length; edge++) before[place[tos.at(edge)]++] = froms.at(edge);
  // From the ends backwards; whatever is not met has only ways that go on.
  const open: number[] = [];
  for (let at = 0; at < size; at++) if (left[at] === 0) open.push(at);
  let met = open.length;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (let edge = first[at]; edge < first[at + 1]; edge++) {
      if (--left[before[edge]] > 0) continue;
      open.push(before[edge]);
      met++;
    }
  }
  if (met === size) return undefined;
  const on = new Map<number, number>();
  for (let edge = 0; edge < froms.length; edge++) {
    if (left[froms.at(edge)] > 0 && left[tos.at(edge)] > 0) on.set(froms.at(edge), tos.at(edge));
  }
  // Each of these leads to another of them, so that the first one met twice is on a circle.
  const way: number[] = [];
  for (let at = left.findIndex((count) => count > 0); !way.includes(at); at = on.get(at) ?? at) way.push(at);
  return way.slice(way.indexOf(on.get(way.at(-1) ?? 0) ?? 0));
}

/**
 * A cluster of up to seven members and its steward, which take any way with faults and changes of mind, and then any way
 * without faults to where nothing more happens.
 */
export function randomWay(decide: typeof nextStep): fc.IRawProperty<unknown> {
  const commit = (revision: number): fc.Arbitrary<Commit> =>
    fc.record({
      wanted: fc
        .tuple(fc.constantFrom(1, 3, 5), fc.nat(2))
        .map(([voters, observers]) => 'v'.repeat(voters) + 'o'.repeat(observers)),
      revision: fc.constantFrom(0, revision),
    });
  const any = fc.record({
    start: fc.constantFrom('v', 'vvv', 'vvvvv', 'vvvo'),
    first: commit(1),
    second: commit(2),
    bad: fc.constantFrom<(Bad | undefined)[]>(undefined, 'crashes', 'hangs', 'unready'),
    fresh: fc.boolean(),
    remembers: fc.boolean(),
    invites: fc.boolean(),
    walk: fc.array(fc.tuple(fc.nat(), fc.nat(4)), { minLength: 20, maxLength: 80 }),
    seed: fc.nat(),
  });
  return fc.property(any, ({ start, first, second, bad, fresh, remembers, invites, walk, seed }) => {
    const model = new Model({
      size: 7,
      founders: Array.from({ length: start.startsWith('vvv') ? 3 : 1 }, (_, id) => id),
      // Where members are invited, all are meant to vote.
      commits: [{ wanted: start, revision: 0 }, first, second].map((each) =>
        invites ? { ...each, wanted: each.wanted.replaceAll('o', '') } : each,
      ),
      bad: bad ? { 1: bad } : {},
      ...{ fresh, remembers, invites, nextStep: decide },
      faults: { evict: 2, crash: 2, silence: 2, unlist: 1, wipe: 1, reset: 1 },
    });
    let state = model.initial();
    const way = [show(state)];
    const go = (calm: boolean, pick: number): boolean => {
      const moves = model.moves(state).filter((move) => !(calm && move.fault));
      if (moves.length === 0) return false;
      const move = moves[pick % moves.length];
      way.push(line(move));
      state = move.to;
      const what = move.wrong ? `the steward ${move.wrong}` : model.violation(state);
      if (what) throw new Error([what, ...way].join('\n'));
      return true;
    };
    for (const [pick, faulty] of walk) go(faulty > 0, pick);
    let pick = seed;
    while (go(true, pick >> 8)) {
      pick = (pick * 1_103_515_245 + 12_345) % 2_147_483_648;
      if (way.length > 3_000) throw new Error(['goes on for ever', ...way.slice(-60)].join('\n'));
    }
    const what = model.unsettled(state);
    if (what) throw new Error([what, ...way].join('\n'));
  });
}
