import * as fc from 'fast-check';
import type { BrokerFacts, BrokerStep, Broker as Fact, Partition } from '../../../lib/kafka/steward/facts';
import { isUnbalanced } from '../../../lib/kafka/steward/reassignment';

// Brokers with their StatefulSets, kubelets, users and their steward, small enough to look at all of their states. Time is
// left out: whatever may happen may happen in any order, and between what the steward has looked at and what it does about
// it one other thing may happen.

/** What a broker's pod and the server in it do. */
export type Pod =
  | 'none'
  /** Its gate runs. */
  | 'gate'
  /** It fails on its revision. */
  | 'broken'
  /** It reads and recovers its logs. */
  | 'starting'
  /** It serves, and its probe fails. */
  | 'unready'
  | 'ready'
  /** It is being deleted, and serves no more. */
  | 'ending';

export interface Broker {
  pod: Pod;
  /** Revision of the pod; -1 without one. */
  revision: number;
  /** Of its StatefulSet; -1: there is none. */
  replicas: number;
  registered: boolean;
  /** Whether its node is gone for good, so that no pod of it ever runs again. */
  lost: boolean;
}

/** A partition as Kafka keeps it: `replicas` without those being added. */
export interface Copy {
  replicas: number[];
  /** Replicas that it will have, where it is being moved. */
  target: number[] | undefined;
  isr: number[];
}

export interface State {
  brokers: Broker[];
  copies: Copy[];
  throttled: boolean;
  provisioned: boolean;
  /** Revision whose features are in force. */
  level: number;
  commit: number;
  faults: number[];
}

/** How a revision fails: the server never starts, waits for ever at its gate, is never ready, or never gets in sync. */
export type Bad = 'crashes' | 'hangs' | 'unready' | 'lags';

/** What is applied together: `s` for each broker that stays, `l` for one that leaves, and anything else for none. */
export interface Commit {
  readonly wanted: string;
  readonly revision: number;
}

const FAULTS = ['crash', 'evict', 'wipe', 'stop', 'lose'] as const;
export type Faults = Partial<Record<(typeof FAULTS)[number], number>>;

export interface Scenario {
  readonly commits: readonly Commit[];
  /** Replicas and minimum in sync of each partition at the beginning, each a topic of its own. */
  readonly partitions: readonly { readonly replicas: readonly number[]; readonly min: number }[];
  readonly bad?: Readonly<Record<number, Bad>>;
  readonly faults?: Faults;
  readonly concurrency?: number;
  readonly decide: (facts: BrokerFacts) => BrokerStep;
}

/** Something that may happen; `fault` when nobody can count on it, and progress must not need it. */
export interface Move {
  readonly name: string;
  readonly fault: boolean;
  readonly to: State;
  /** What the steward did wrong with it. */
  readonly wrong?: string;
}

const serves = ({ pod }: Broker): boolean => pod === 'ready' || pod === 'unready';
// Much faster than structuredClone.
const clone = (state: State): State => ({
  ...state,
  brokers: state.brokers.map((broker) => ({ ...broker })),
  copies: state.copies.map(({ replicas, target, isr }) => ({
    ...{ replicas: [...replicas], target: target && [...target], isr: [...isr] },
  })),
  faults: [...state.faults],
});

export class Model {
  private readonly ids: readonly number[];

  constructor(private readonly scenario: Scenario) {
    const size = Math.max(...scenario.commits.map(({ wanted }) => wanted.length));
    this.ids = Array.from({ length: size }, (_, id) => id);
  }

  initial(): State {
    const brokers = this.ids.map((id): Broker => {
      const runs = this.wanted(0, id) !== undefined;
      return {
        ...{ pod: runs ? 'ready' : 'none', revision: runs ? 0 : -1, replicas: runs ? 1 : -1 },
        ...{ registered: runs, lost: false },
      };
    });
    const copies = this.scenario.partitions.map(({ replicas }) => ({
      ...{ replicas: [...replicas], target: undefined, isr: [...replicas] },
    }));
    const rest = { throttled: false, provisioned: true, level: 0, commit: 0 };
    return { brokers, copies, ...rest, faults: FAULTS.map(() => 0) };
  }

  key = (state: State): string => JSON.stringify(state);

  private wanted(commit: number, id: number): 'staying' | 'leaving' | undefined {
    const letter = this.scenario.commits[commit].wanted[id];
    return letter === 's' ? 'staying' : letter === 'l' ? 'leaving' : undefined;
  }

  private revision({ commit }: State): number {
    return this.scenario.commits[commit].revision;
  }

  private min(index: number): number {
    return this.scenario.partitions[index].min;
  }

  /** Replicas in sync that serve. */
  private live(state: State, { isr }: Copy): number[] {
    return isr.filter((id) => serves(state.brokers[id]));
  }

  /** Ids that a partition is listed with. */
  private listed({ replicas, target }: Copy): number[] {
    return [...new Set([...replicas, ...(target ?? [])])];
  }

  private holds(state: State, id: number): boolean {
    return state.copies.some((copy) => this.listed(copy).includes(id));
  }

  /** What is wrong with a state, undefined when nothing is. */
  violation({ copies }: State): string | undefined {
    const empty = copies.findIndex(({ isr }) => isr.length === 0);
    return empty < 0 ? undefined : `partition ${empty} has lost everything`;
  }

  /** Whether what was applied can come true without anybody's help. */
  private isPossible(state: State): boolean {
    const { brokers, copies, commit } = state;
    const staying = this.ids.filter((id) => this.wanted(commit, id) === 'staying');
    const most = Math.max(...copies.map(({ replicas }) => replicas.length));
    return (
      !this.scenario.bad?.[this.revision(state)] &&
      staying.every((id) => !brokers[id].lost) &&
      staying.length >= most &&
      this.ids.every((id) => this.wanted(commit, id) !== undefined || !this.holds(state, id)) &&
      copies.every(({ isr }) => isr.some((id) => !brokers[id].lost && this.wanted(commit, id) !== undefined))
    );
  }

  /** Whether all that is seen of the newest revision is a broker that would fail on any. */
  private isMisled(state: State): boolean {
    const newest = state.brokers.filter(({ revision }) => revision === this.revision(state));
    return (
      newest.some(({ lost, pod }) => lost && pod === 'broken') && !newest.some(({ pod }) => pod === 'ready')
    );
  }

  private isGoal(state: State): boolean {
    const { brokers, copies, throttled, provisioned, level } = state;
    const revision = this.revision(state);
    const facts = this.facts(state, false);
    return (
      !throttled &&
      provisioned &&
      level === revision &&
      this.ids.every((id) => {
        const { pod, revision: runs, registered } = brokers[id];
        return this.wanted(state.commit, id) === 'staying'
          ? pod === 'ready' && runs === revision
          : pod === 'none' && !registered && !this.holds(state, id);
      }) &&
      copies.every(({ replicas, target, isr }) => !target && replicas.every((id) => isr.includes(id))) &&
      !isUnbalanced(
        facts.partitions,
        facts.brokers.filter(({ wanted }) => wanted === 'staying'),
      )
    );
  }

  /** What is wrong with a state in which nothing more happens by itself. */
  unsettled(state: State): string | undefined {
    const step = this.scenario.decide(this.facts(state, true));
    if (this.isGoal(state) && step.step === 'rest') return undefined;
    const end = `at rest, and not as wanted: ${step.step} (${step.why})`;
    if ((this.isPossible(state) && !this.isMisled(state)) || step.step !== 'wait') return end;
    // Nobody can tell a broker that never catches up from one that has a lot to copy.
    const copies =
      this.scenario.bad?.[this.revision(state)] === 'lags' && /has yet to catch up|^moving /.test(step.why);
    return step.todo || copies ? undefined : `${end}, and nobody is told what to do`;
  }

  /** Everything that may happen next. */
  moves(state: State): Move[] {
    const world = this.world(state);
    const moves = [...world];
    for (const step of this.decisions(state)) {
      moves.push(...this.act(state, state, step, '', false));
      for (const { name, to, fault } of world) {
        moves.push(...this.act(state, to, step, `${name}, meanwhile `, fault));
      }
    }
    return moves;
  }

  /** What the steward may do: patience is a matter of time, so that its decision may be with or without it. */
  private decisions(state: State): BrokerStep[] {
    const steps: BrokerStep[] = [];
    for (const stalled of [false, true]) {
      const step = this.scenario.decide(this.facts(state, stalled));
      if (step.step === 'wait' || step.step === 'rest') continue;
      if (!steps.some((other) => textOf(other) === textOf(step))) steps.push(step);
    }
    return steps;
  }

  /** What happens when the steward does on `now` what it has decided on `seen`. */
  private act(seen: State, now: State, step: BrokerStep, before: string, fault: boolean): Move[] {
    const to = clone(now);
    const move = (wrong?: string): Move[] => [
      { name: `${before}the steward: ${textOf(step)} (${step.why})`, fault, to, wrong },
    ];
    switch (step.step) {
      case 'restart-broker': {
        const { pod, revision } = now.brokers[step.id];
        // Only the very pod that was looked at.
        if (pod === 'none' || pod === 'ending' || revision !== seen.brokers[step.id].revision) return [];
        to.brokers[step.id].pod = 'ending';
        return move(this.harm(seen, step.id));
      }
      case 'scale-broker': {
        const { replicas } = now.brokers[step.id];
        if (replicas < 0) return [];
        to.brokers[step.id].replicas = step.replicas;
        const holds = step.replicas === 0 && this.holds(seen, step.id);
        return move(holds ? `stopped ${step.id}, which holds copies` : undefined);
      }
      case 'reassign': {
        for (const { topic, replicas, cancels } of step.moves) {
          const copy = to.copies[Number(topic.slice(1))];
          if (cancels && !copy.target) continue;
          const had = [...copy.replicas, ...seen.copies[Number(topic.slice(1))].isr];
          const added = replicas.find(
            (id) => !had.includes(id) && this.wanted(seen.commit, id) !== 'staying',
          );
          if (added !== undefined) return move(`moved a partition to ${added}, which does not stay`);
          if (replicas.length !== copy.replicas.length) return move('changed the number of copies');
          const harm = this.harmOfMove(seen, Number(topic.slice(1)), replicas);
          if (harm) return move(harm);
          copy.isr = copy.isr.filter((id) => copy.replicas.includes(id) || replicas.includes(id));
          // Kafka refuses to take back what only new copies have.
          if (copy.isr.length === 0) return [];
          const same = replicas.every((id) => copy.replicas.includes(id));
          copy.target = same ? undefined : [...replicas];
          if (same) copy.replicas = [...replicas];
        }
        to.throttled = true;
        const busy = to.copies.filter(({ target }) => target).length;
        return move(
          busy > (this.scenario.concurrency ?? 1) ? `moves ${busy} partitions at a time` : undefined,
        );
      }
      case 'unthrottle':
        to.throttled = false;
        return move(seen.copies.some(({ target }) => target) ? 'took the throttle off moves' : undefined);
      case 'unregister': {
        const { pod } = now.brokers[step.id];
        to.brokers[step.id].registered = serves(now.brokers[step.id]);
        const alive = this.holds(seen, step.id) || (pod !== 'none' && !fault);
        return move(alive ? `unregistered ${step.id}, which is needed` : undefined);
      }
      case 'provision':
        to.provisioned = true;
        return move();
      case 'upgrade': {
        to.level = step.level;
        const old = seen.brokers.findIndex((broker) => serves(broker) && broker.revision !== step.level);
        return move(old >= 0 ? `upgraded while ${old} runs another release` : undefined);
      }
      default:
        return [];
    }
  }

  /** What is wrong with ending a pod, as things were when that was decided. */
  private harm(seen: State, id: number): string | undefined {
    const target = seen.brokers[id];
    if (target.revision === this.revision(seen)) return `ended ${id}, which is as it should be`;
    if (target.pod === 'starting') return `ended ${id} while it recovers its logs`;
    if (!serves(target)) return undefined;
    const other = this.ids.find(
      (each) =>
        each !== id && this.wanted(seen.commit, each) === 'staying' && seen.brokers[each].pod !== 'ready',
    );
    if (other !== undefined && target.pod === 'ready') return `ended ${id} while ${other} is not well`;
    const broken = seen.copies.findIndex((copy, index) => {
      const live = this.live(seen, copy);
      const min = this.min(index);
      return copy.replicas.length > min && live.includes(id) && live.length - 1 < min;
    });
    return broken < 0 ? undefined : `took partition ${broken} below its minimum`;
  }

  /** What is wrong with moving a partition, as things were when that was decided. */
  private harmOfMove(seen: State, index: number, replicas: readonly number[]): string | undefined {
    const copy = seen.copies[index];
    const live = this.live(seen, copy);
    const left = live.filter((id) => copy.replicas.includes(id) || replicas.includes(id));
    if (left.length === 0) return live.length > 0 ? `left partition ${index} without a leader` : undefined;
    const min = this.min(index);
    return live.length >= min && left.length < min ? `took partition ${index} below its minimum` : undefined;
  }

  private world(state: State): Move[] {
    const moves: Move[] = [];
    const add = (name: string, fault: boolean, change: (to: State) => void): void => {
      const to = clone(state);
      change(to);
      if (this.violation(to)) return;
      moves.push({ name, fault, to });
    };
    for (const id of this.ids) this.kubernetes(state, id, (name, change) => add(name, false, change));
    state.copies.forEach((copy, index) => {
      const live = this.live(state, copy);
      for (const id of copy.isr) {
        if (serves(state.brokers[id]) || live.length === 0) continue;
        add(`partition ${index} goes on without ${id}`, false, (to) => {
          to.copies[index].isr = copy.isr.filter((each) => each !== id);
        });
      }
      for (const id of this.listed(copy)) {
        const late = copy.isr.includes(id) || !serves(state.brokers[id]) || live.length === 0;
        if (late || this.scenario.bad?.[state.brokers[id].revision] === 'lags') continue;
        add(`${id} catches up with partition ${index}`, false, (to) => {
          to.copies[index].isr = [...copy.isr, id].sort((a, b) => a - b);
        });
      }
      const { target } = copy;
      if (target?.every((id) => copy.isr.includes(id)) && target.some((id) => live.includes(id))) {
        add(`partition ${index} has arrived`, false, (to) => {
          to.copies[index] = { replicas: target, target: undefined, isr: [...target].sort((a, b) => a - b) };
        });
      }
    });
    const advised = this.advised(state);
    if (advised !== undefined) {
      add(`somebody deletes the pod of ${advised} as advised`, false, (to) => {
        to.brokers[advised].pod = 'ending';
      });
    }
    const next = this.scenario.commits[state.commit + 1];
    if (next) {
      add(`applied: ${next.wanted}, revision ${next.revision}`, true, (to) => {
        to.commit++;
        to.provisioned = false;
        for (const id of this.ids) {
          const broker = to.brokers[id];
          if (this.wanted(to.commit, id) === undefined) broker.replicas = -1;
          else if (broker.replicas < 0) broker.replicas = 1;
        }
      });
    }
    for (const [kind, fault] of FAULTS.entries()) {
      if (state.faults[kind] >= (this.scenario.faults?.[fault] ?? 0)) continue;
      for (const id of this.ids) {
        const change = this.fault(state, id, fault);
        if (!change) continue;
        add(`${fault} ${id}`, true, (to) => {
          to.faults[kind]++;
          change(to);
        });
      }
    }
    return moves;
  }

  /** Whose pod people are told to delete. */
  private advised(state: State): number | undefined {
    if (!Object.values(this.scenario.bad ?? {}).includes('lags')) return undefined;
    const step = this.scenario.decide(this.facts(state, true));
    const found = step.step === 'wait' && step.todo?.match(/^If kafka-broker-(\d+)-0 does not catch up/);
    return found ? Number(found[1]) : undefined;
  }

  private kubernetes(
    state: State,
    id: number,
    add: (name: string, change: (to: State) => void) => void,
  ): void {
    const { pod, replicas, lost, revision } = state.brokers[id];
    const become = (name: string, to: Partial<Broker>) =>
      add(name, (next) => Object.assign(next.brokers[id], to));
    const bad = this.scenario.bad?.[revision];
    if (pod === 'none' && replicas > 0)
      become(`${id} gets a pod`, { pod: 'gate', revision: this.revision(state) });
    else if (pod === 'ending') become(`${id} has ended`, { pod: 'none', revision: -1 });
    else if (pod !== 'none' && replicas <= 0) become(`${id} has to end`, { pod: 'ending' });
    else if (pod === 'gate' && (lost || bad === 'crashes')) become(`${id} fails`, { pod: 'broken' });
    else if (pod === 'gate' && bad !== 'hangs') become(`${id} starts`, { pod: 'starting' });
    else if (pod === 'starting') {
      become(`${id} serves`, { pod: bad === 'unready' ? 'unready' : 'ready', registered: true });
    }
  }

  private fault(state: State, id: number, fault: (typeof FAULTS)[number]) {
    const { pod, replicas, lost } = state.brokers[id];
    const others = (index: number) => state.copies[index].isr.filter((each) => each !== id);
    const forget = (to: State) => {
      for (const [index, copy] of to.copies.entries()) copy.isr = others(index);
    };
    switch (fault) {
      case 'crash':
        return serves(state.brokers[id])
          ? (to: State) => Object.assign(to.brokers[id], { pod: 'gate' })
          : undefined;
      case 'evict':
        return pod !== 'none' && pod !== 'ending'
          ? (to: State) => Object.assign(to.brokers[id], { pod: 'ending' })
          : undefined;
      case 'wipe':
        return pod !== 'none' && pod !== 'ending'
          ? (to: State) => {
              to.brokers[id].pod = 'ending';
              forget(to);
            }
          : undefined;
      case 'stop':
        return replicas === 1
          ? (to: State) => {
              to.brokers[id].replicas = 0;
            }
          : undefined;
      case 'lose':
        return replicas === 1 && !lost
          ? (to: State) => {
              Object.assign(to.brokers[id], { lost: true, pod: 'broken' });
              if (pod === 'none') to.brokers[id].revision = this.revision(state);
              forget(to);
            }
          : undefined;
    }
  }

  /** What the steward sees; `stalled` says whether it has lost its patience with what is not ready. */
  facts(state: State, stalled: boolean): BrokerFacts {
    const applied = this.revision(state);
    const known = state.brokers.some(serves);
    const brokers: Fact[] = [];
    for (const id of this.ids) {
      const { pod, revision, replicas, registered } = state.brokers[id];
      const wanted = this.wanted(state.commit, id);
      if (!wanted && pod === 'none' && !(known && registered)) continue;
      brokers.push({
        id,
        wanted,
        set: replicas < 0 ? undefined : { replicas },
        pod:
          pod === 'none'
            ? undefined
            : {
                ...{ name: `kafka-broker-${id}-0`, uid: `${id}`, revision: `r${revision}` },
                outdated:
                  revision === applied ? undefined : `it runs r${revision}, and r${applied} was applied`,
                ready: pod === 'ready',
                terminating: pod === 'ending',
                broken: pod === 'broken' ? 'CrashLoopBackOff' : undefined,
                stalled: stalled && pod !== 'ready',
              },
        server: serverOf(pod),
        registered: known && registered,
        failedDirectories: [],
      });
    }
    const upgrade = {
      name: 'metadata.version',
      from: state.level,
      to: applied,
      says: 'the release has more',
    };
    return {
      known,
      brokers,
      partitions: known ? state.copies.map((copy, index) => this.partition(state, copy, index)) : [],
      throttled: state.throttled,
      reassignment: { throttle: 1, concurrency: this.scenario.concurrency ?? 1, automatic: true },
      unprovisioned: known && !state.provisioned ? 'a topic is missing' : undefined,
      upgrade: known && state.level !== applied ? upgrade : undefined,
      staleCertificates: [],
    };
  }

  private partition(state: State, copy: Copy, index: number): Partition {
    const { replicas, target, isr } = copy;
    const adding = target?.filter((id) => !replicas.includes(id)) ?? [];
    return {
      topic: `t${index}`,
      partition: 0,
      leader: this.listed(copy).find((id) => isr.includes(id) && serves(state.brokers[id])) ?? -1,
      replicas: target ? [...target, ...replicas.filter((id) => !target.includes(id))] : replicas,
      isr,
      minInSync: this.min(index),
      adding,
      removing: target ? replicas.filter((id) => !target.includes(id)) : [],
      bytes: 1,
    };
  }
}

function serverOf(pod: Pod): Fact['server'] {
  if (pod === 'gate') return { state: 'gate', disk: 'data' };
  if (pod === 'starting') return { state: 'starting' };
  if (pod === 'ready' || pod === 'unready') return { state: 'serving' };
  return { state: 'silent', reason: 'no answer' };
}

function textOf(step: BrokerStep): string {
  switch (step.step) {
    case 'restart-broker':
      return `restarts ${step.id}`;
    case 'scale-broker':
      return `scales ${step.id} to ${step.replicas}`;
    case 'reassign':
      return `moves ${step.moves.map(({ topic, replicas }) => `${topic} to ${replicas}`).join('; ')}`;
    case 'unregister':
      return `unregisters ${step.id}`;
    default:
      return step.step;
  }
}

/** A state as one line. */
export function show({ brokers, copies, throttled, commit }: State): string {
  const each = brokers.map(
    ({ pod, revision, replicas, registered }, id) =>
      `${id} ${pod}${pod === 'none' ? '' : ` r${revision}`}/${replicas}${registered ? '' : ' unknown'}`,
  );
  const parts = copies.map(({ replicas, target, isr }) => `${replicas}${target ? `>${target}` : ''}(${isr})`);
  return `[${each.join(' | ')}] [${parts.join(' ')}]${throttled ? ' throttled' : ''} commit ${commit}`;
}

/** What a search has found. */
export interface Found {
  readonly states: number;
  readonly problem?: { readonly what: string; readonly trace: readonly string[] };
}

/**
 * Looks at every state that can be reached. Without further faults every way must end, so that nothing goes round for
 * ever, and where it ends all must be as wanted: then every way leads there, whatever comes first.
 */
export function search(scenario: Scenario, limit = 1_500_000): Found {
  const model = new Model(scenario);
  const places = new Map<string, number>();
  const parents: { from: number; name: string }[] = [];
  const edges: number[][] = [];
  let queue: State[] = [model.initial()];
  places.set(model.key(queue[0]), 0);
  parents.push({ from: -1, name: show(queue[0]) });
  const problem = (what: string, end: number, ...last: string[]): Found => {
    const trace: string[] = [];
    for (let at = end; at >= 0; at = parents[at].from) trace.unshift(parents[at].name);
    return { states: places.size, problem: { what, trace: [...trace, ...last] } };
  };
  for (let here = 0; queue.length > 0; ) {
    const next: State[] = [];
    for (const state of queue) {
      edges[here] = [];
      let goes = false;
      for (const { name, to, fault, wrong } of model.moves(state)) {
        if (wrong) return problem(`the steward ${wrong}`, here, name);
        const key = model.key(to);
        let place = places.get(key);
        if (place === undefined) {
          place = places.size;
          if (place > limit) throw new Error(`more than ${limit} states`);
          places.set(key, place);
          parents.push({ from: here, name: `${name} -> ${show(to)}` });
          next.push(to);
        }
        if (fault || place === here) continue;
        goes = true;
        edges[here].push(place);
      }
      const unsettled = goes ? undefined : model.unsettled(state);
      if (unsettled) return problem(unsettled, here);
      here++;
    }
    queue = next;
  }
  const round = cycle(edges);
  if (!round) return { states: places.size };
  return problem(
    'goes round for ever',
    round[0],
    ...[...round.slice(1), round[0]].map((at) => parents[at].name),
  );
}

/** Places on a way that leads back to its beginning, undefined when there is none. */
function cycle(edges: readonly (readonly number[])[]): number[] | undefined {
  const left = edges.map(() => 0);
  for (const targets of edges) for (const to of targets) left[to]++;
  // From the beginnings on; whatever is not met can be reached only from a circle.
  const open = edges.flatMap((_, at) => (left[at] === 0 ? at : []));
  let met = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    met++;
    for (const to of edges[at]) if (--left[to] === 0) open.push(to);
  }
  if (met === edges.length) return undefined;
  const before = new Map<number, number>();
  for (const [from, targets] of edges.entries()) {
    for (const to of targets) if (left[from] > 0 && left[to] > 0) before.set(to, from);
  }
  // Each of these is reached from another of them, so that the first one met twice is on a circle.
  const way: number[] = [];
  for (let at = left.findIndex((count) => count > 0); !way.includes(at); at = before.get(at) ?? at)
    way.unshift(at);
  return way.slice(0, way.indexOf(before.get(way[0]) ?? way[0]) + 1);
}

/**
 * Up to five brokers and their steward, which take any way with faults and changes of mind, and then any way without faults
 * to where nothing more happens.
 */
export function randomWay(decide: Scenario['decide']): fc.IRawProperty<unknown> {
  const commit = (revision: number): fc.Arbitrary<Commit> =>
    fc.record({
      wanted: fc.array(fc.constantFrom('s', 's', 's', 's', 'l', '-'), { minLength: 4, maxLength: 4 }).map(
        // Somebody always stays.
        (letters) => `s${letters.join('')}`,
      ),
      revision: fc.constantFrom(revision - 1, revision),
    });
  const any = fc.record({
    size: fc.constantFrom(1, 2, 3, 3, 4, 5),
    partitions: fc.array(
      fc.record({ first: fc.nat(4), factor: fc.constantFrom(1, 2, 3, 3), min: fc.constantFrom(1, 2, 2, 3) }),
      { minLength: 1, maxLength: 5 },
    ),
    commits: fc.tuple(commit(1), commit(2), commit(3)),
    last: fc.boolean(),
    bad: fc.constantFrom<(Bad | undefined)[]>(undefined, 'crashes', 'hangs', 'unready', 'lags'),
    concurrency: fc.constantFrom(1, 2),
    walk: fc.array(fc.tuple(fc.nat(), fc.nat(4)), { minLength: 20, maxLength: 80 }),
    seed: fc.nat(),
  });
  return fc.property(any, ({ size, partitions, commits, last, bad, concurrency, walk, seed }) => {
    const [first, second, third] = commits;
    const model = new Model({
      partitions: partitions.map(({ first: at, factor, min }) => ({
        replicas: Array.from({ length: Math.min(size, factor) }, (_, index) => (at + index) % size),
        min,
      })),
      commits: [
        { wanted: 's'.repeat(size), revision: 0 },
        ...[first, second, third],
        // Everybody comes back, so that everything is possible again, but for what was lost.
        ...(last ? [{ wanted: 'sssss', revision: 4 }] : []),
      ],
      bad: bad ? { 1: bad } : {},
      faults: { crash: 3, evict: 2, wipe: 1, stop: 1, lose: 1 },
      ...{ concurrency, decide },
    });
    let state = model.initial();
    const way = [show(state)];
    const go = (calm: boolean, pick: number): boolean => {
      const moves = model.moves(state).filter((move) => !(calm && move.fault));
      if (moves.length === 0) return false;
      const { name, to, wrong } = moves[pick % moves.length];
      way.push(`${name} -> ${show(to)}`);
      state = to;
      if (wrong) throw new Error([`the steward ${wrong}`, ...way].join('\n'));
      return true;
    };
    for (const [pick, faulty] of walk) go(faulty > 0, pick);
    let pick = seed;
    while (go(true, pick >> 8)) {
      pick = (pick * 1_103_515_245 + 12_345) % 2_147_483_648;
      if (way.length > 1_500) throw new Error(['goes on for ever', ...way.slice(-60)].join('\n'));
    }
    const what = model.unsettled(state);
    if (what) throw new Error([what, ...way].join('\n'));
  });
}
