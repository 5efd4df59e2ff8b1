import type {
  ClusterFacts,
  ClusterNode,
  ClusterStep,
  NodeView,
} from '../../../../lib/redis/steward/cluster/cluster-facts';
import { rangesOf, slotsIn } from '../../../../lib/redis/steward/cluster/slots';
import { bit, bits, blank, both, copyNode, keysOfSlots, type Node, type Place, World } from './redis-world';

// A Redis Cluster with its StatefulSets, kubelets, users and its steward. Time is left out: whatever may happen may happen in
// any order, and between what the steward has looked at and what it does about it one other thing may happen.

export interface State {
  /** By shard and ordinal. */
  places: Place[];
  /** Replicas of each shard's StatefulSet; -1: there is none. */
  sets: number[];
  formed: boolean;
  provisioned: boolean;
  /** Keys that were acknowledged and that nobody has reason to miss, two bits for each slot. */
  acked: number;
  commit: number;
  faults: number[];
  /** How many nodes there have been. */
  made: number;
}

/** How a revision fails: its server never starts, waits for ever at its gate, is never ready, or never follows a master. */
export type Bad = 'crashes' | 'hangs' | 'unready' | 'lags';

/** What is applied together: a word for each shard, its servers, followed by `l` where it leaves; `-`: there is none. */
export interface Commit {
  readonly shards: string;
  readonly revision: number;
}

const FAULTS = ['kill', 'wipe', 'crash', 'cut', 'reset'] as const;
export type Faults = Partial<Record<(typeof FAULTS)[number], number>>;

export interface Scenario {
  readonly commits: readonly Commit[];
  readonly bad?: Readonly<Record<number, Bad>>;
  readonly faults?: Faults;
  /** Begins with a cluster that was never formed. */
  readonly fresh?: boolean;
  readonly keepsData?: boolean;
  /** Whether a gate finds out where others are before its server starts. */
  readonly looksUp?: boolean;
  /** Whether nodes hear of one another at once. */
  readonly instant?: boolean;
  readonly slots?: number;
  readonly slotsAtATime?: number;
  readonly decide: (facts: ClusterFacts, slots: number) => ClusterStep;
}

/** Something that may happen; `fault` when nobody can count on it, and progress must not need it. */
export interface Move {
  readonly name: string;
  readonly fault: boolean;
  readonly to: State;
  /** What the steward did wrong with it. */
  readonly wrong?: string;
}

interface Wanted {
  readonly servers: number;
  readonly leaving: boolean;
}

const ORDINALS = 2;

const clone = (state: State): State => ({
  ...state,
  places: state.places.map((place) => ({ ...place, node: place.node && copyNode(place.node) })),
  sets: [...state.sets],
  faults: [...state.faults],
});

export class Model {
  readonly slots: number;
  private readonly wanted: readonly (readonly (Wanted | undefined)[])[];
  private readonly shards: number;
  private readonly keepsData: boolean;

  constructor(private readonly scenario: Scenario) {
    this.slots = scenario.slots ?? 6;
    this.keepsData = scenario.keepsData ?? true;
    this.wanted = scenario.commits.map(({ shards }) =>
      shards.split(' ').map((word) => {
        return word === '-' ? undefined : { servers: Number(word[0]), leaving: word.endsWith('l') };
      }),
    );
    this.shards = Math.max(...this.wanted.map(({ length }) => length));
  }

  initial(): State {
    const places = Array.from({ length: this.shards * ORDINALS }, (_, place): Place => {
      const runs = place % ORDINALS < (this.wanted[0][this.shardOf(place)]?.servers ?? 0);
      const there = runs && !this.scenario.fresh;
      return {
        ...{ pod: there ? 'serves' : 'none', revision: there ? 0 : -1, starts: there ? 1 : 0, cut: false },
        node: there ? blank(`n${place}`) : undefined,
      };
    });
    const state: State = {
      places,
      sets: this.setsOf(0),
      formed: !this.scenario.fresh,
      provisioned: !this.scenario.fresh,
      ...{ acked: 0, commit: 0, faults: FAULTS.map(() => 0), made: places.length },
    };
    if (this.scenario.fresh) return state;
    this.furnish(state);
    return state;
  }

  /** A cluster that was formed long ago. */
  private furnish(state: State): void {
    const world = this.world(state);
    const up = world.up();
    const heads = up.filter((place) => place % ORDINALS === 0);
    for (const [index, place] of heads.entries()) {
      const node = world.serving(place)!;
      for (let slot = 0; slot < this.slots; slot++) {
        if (Math.floor((slot * heads.length) / this.slots) === index) node.slots |= bit(slot);
      }
      node.epoch = index + 1;
      node.keys = keysOfSlots(node.slots);
      state.acked |= node.keys;
    }
    for (const place of up) for (const other of up) world.introduce(place, other);
    for (const place of up) {
      const head = place - (place % ORDINALS);
      if (head !== place) world.follow(world.serving(place)!, world.serving(head)!.id);
    }
    world.gossip();
  }

  private setsOf(commit: number): number[] {
    return Array.from({ length: this.shards }, (_, shard) => {
      const wanted = this.wanted[commit][shard];
      return wanted ? (this.scenario.fresh ? 1 : wanted.servers) : -1;
    });
  }

  private world(state: State): World {
    return new World(state.places, this.slots);
  }

  key = (state: State): string => JSON.stringify(state);

  private shardOf(place: number): number {
    return Math.floor(place / ORDINALS);
  }

  private wantedOf(state: State, shard: number): Wanted | undefined {
    return this.wanted[state.commit][shard];
  }

  /** Whether a place is to have a node for good. */
  private stays(state: State, place: number): boolean {
    const wanted = this.wantedOf(state, this.shardOf(place));
    return wanted !== undefined && !wanted.leaving && place % ORDINALS < wanted.servers;
  }

  private revision({ commit }: State): number {
    return this.scenario.commits[commit].revision;
  }

  private bad(revision: number): Bad | undefined {
    return this.scenario.bad?.[revision];
  }

  private isReady(state: State, world: World, place: number): boolean {
    const node = world.serving(place);
    if (!node || this.bad(state.places[place].revision) === 'unready') return false;
    return world.isOk(place) && (node.master === undefined || node.linked);
  }

  /** Keys that are on some volume. */
  private held({ places }: State): number {
    return places.reduce((keys, { node }) => keys | (node?.keys ?? 0), 0);
  }

  /** Slots that a node that serves has, as it says itself. */
  private covered(world: World): number {
    return world.up().reduce((mask, place) => mask | world.serving(place)!.slots, 0);
  }

  /** Whether a node has a slot by the newest word. */
  private isOwner({ places }: State, node: Node): boolean {
    const others = places.flatMap(({ node: other }) => (other && other !== node ? other : []));
    return bits(node.slots).some((slot) =>
      others.every((other) => !(other.slots & bit(slot)) || other.epoch <= node.epoch),
    );
  }

  /** What follows at once. */
  private settled(to: State): State {
    const world = this.world(to);
    world.settle();
    if (this.scenario.instant) world.gossip();
    return to;
  }

  // What may happen

  /** Everything that may happen next, and changes something. */
  moves(state: State): Move[] {
    const events = this.events(state);
    const moves = events.map((event) => this.happen(state, event));
    for (const step of this.decisions(state)) {
      moves.push(...this.act(state, state, step, '', false));
      for (const { name, to, fault } of moves.slice(0, events.length)) {
        moves.push(...this.act(state, to, step, `${name}, meanwhile `, fault));
      }
    }
    const here = this.key(state);
    return moves.filter(({ to, wrong }) => wrong || this.key(to) !== here);
  }

  /** One of the moves, chosen without looking at all of them; undefined: there is none. */
  anyMove(state: State, calm: boolean, pick: (below: number) => number): Move | undefined {
    const here = this.key(state);
    const events = this.events(state).filter(({ fault }) => !(calm && fault));
    const choices: (() => Move[])[] = events.map((event) => () => [this.happen(state, event)]);
    for (const stalled of [false, true]) {
      choices.push(
        () => this.act(state, state, this.decide(state, stalled), '', false),
        () => {
          if (events.length === 0) return [];
          const { name, to, fault } = this.happen(state, events[pick(events.length)]);
          return this.act(state, to, this.decide(state, stalled), `${name}, meanwhile `, fault);
        },
      );
    }
    while (choices.length > 0) {
      const [choice] = choices.splice(pick(choices.length), 1);
      const moves = choice().filter(({ to, wrong }) => wrong || this.key(to) !== here);
      if (moves.length > 0) return moves[pick(moves.length)];
    }
    return undefined;
  }

  /** What the steward may do: patience is a matter of time, so that its decision may be with or without it. */
  private decisions(state: State): ClusterStep[] {
    const steps = [false, true].map((stalled) => this.decide(state, stalled));
    return steps.filter(
      (step, index) =>
        step.step !== 'wait' &&
        step.step !== 'rest' &&
        steps.findIndex((other) => textOf(other) === textOf(step)) === index,
    );
  }

  decide(state: State, stalled: boolean): ClusterStep {
    return this.scenario.decide(this.facts(state, stalled), this.slots);
  }

  private act(seen: State, now: State, step: ClusterStep, before: string, fault: boolean): Move[] {
    const name = `${before}the steward: ${textOf(step)} (${step.why})`;
    return this.outcomes(seen, now, step).map(({ to, wrong, part }) => {
      this.settled(to);
      const gone = now.acked & ~this.held(to);
      // What was lost meanwhile, or with what nobody promised to keep, is not the steward's to answer for.
      const lost =
        gone !== 0 && (gone & this.held(now)) !== 0 ? `lost the keys of ${this.keysText(gone)}` : undefined;
      if (lost === undefined) to.acked &= this.held(to);
      return { name: `${name}${part ? ', in part' : ''}`, fault, to, wrong: wrong ?? lost };
    });
  }

  private keysText = (keys: number): string =>
    bits(keys)
      .map((key) => Math.floor(key / 2))
      .join(', ');

  private outcomes(
    seen: State,
    now: State,
    step: ClusterStep,
  ): { to: State; wrong?: string; part?: boolean }[] {
    const to = clone(now);
    const world = this.world(to);
    const done = (wrong?: string) => [{ to, wrong }];
    switch (step.step) {
      case 'scale': {
        if (now.sets[step.shard] < 0) return [];
        const first = step.shard * ORDINALS + step.replicas;
        const end = Math.max(first, step.shard * ORDINALS + seen.sets[step.shard]);
        to.sets[step.shard] = step.replicas;
        if (step.replicas > ORDINALS) return done(`scaled shard ${step.shard} to ${step.replicas}`);
        for (let place = first; place < end; place++) {
          const { node } = seen.places[place];
          if (node && this.isOwner(seen, node))
            return done(`took the pod of ${nameOf(place)}, which has slots`);
        }
        return done();
      }
      case 'mark-formed':
        to.formed = true;
        return done(
          this.covered(this.world(seen)) === bit(this.slots) - 1 ? undefined : 'marked as formed what is not',
        );
      case 'meet': {
        const at = placeOf(step.at);
        for (const pod of step.pods) world.introduce(at, placeOf(pod));
        return done();
      }
      case 'assign': {
        const node = world.serving(placeOf(step.pod));
        if (!node) return [];
        const slots = slotsIn(step.ranges);
        if (node.master !== undefined || slots.some((slot) => world.ownerAt(node, slot))) return [];
        const taken = slots.find((slot) => {
          return seen.places.some(
            (each) =>
              each.node !== undefined && each.node.id !== node.id && each.node.keys & both(slot) & seen.acked,
          );
        });
        for (const slot of slots) node.slots |= bit(slot);
        return done(taken === undefined ? undefined : `gave slot ${taken} to who has no keys of it`);
      }
      case 'replicate': {
        const [node, master] = [world.serving(placeOf(step.pod)), world.serving(placeOf(step.of))];
        if (!node || !master) return [];
        const refused = node.master === undefined && (node.slots !== 0 || node.keys !== 0);
        const known = node.known[master.id];
        if (refused || !known || known.master !== undefined) return [];
        world.follow(node, master.id);
        return done();
      }
      case 'forget': {
        for (const place of world.up()) {
          const node = world.serving(place)!;
          if (step.ids.includes(node.id)) continue;
          for (const id of step.ids) if (node.master !== id) delete node.known[id];
        }
        const full = seen.places.find(
          ({ node }) => node && step.ids.includes(node.id) && this.isOwner(seen, node),
        );
        return done(full ? `had ${full.node?.id} forgotten, which has slots` : undefined);
      }
      case 'reset': {
        const place = placeOf(step.pod);
        const node = world.serving(place);
        if (!node || (node.master === undefined && node.keys !== 0)) return [];
        const used = seen.places[place].node?.slots && this.covered(this.world(seen)) === bit(this.slots) - 1;
        to.places[place].node = blank(`n${to.made++}`);
        return done(
          used && world.up().some((other) => world.serving(other)!.known[node.id])
            ? `reset ${node.id}, which has slots`
            : undefined,
        );
      }
      case 'move-slots':
        return this.moved(now, step.moves);
      case 'settle-slots':
        for (const place of world.up()) {
          for (const slot of step.slots) {
            delete world.serving(place)!.migrating[slot];
            delete world.serving(place)!.importing[slot];
          }
        }
        return done();
      case 'failover': {
        const place = placeOf(step.pod);
        const node = world.serving(place);
        const master = node?.master === undefined ? undefined : world.placeOf(node.master);
        if (step.force) {
          if (!world.mayStand(place, true)) return [];
          world.promote(place);
          to.acked &= world.serving(place)!.keys | ~keysOfSlots(world.serving(place)!.slots);
          return done(master === undefined ? undefined : 'forced a master to give way that may come back');
        }
        if (!node?.linked || master === undefined || !world.talk(place, master)) return [];
        world.promote(place);
        world.hear(master, place);
        world.hear(place, master);
        const ready = this.isReady(seen, this.world(seen), place);
        return done(
          !now.provisioned && !ready ? `made ${node.id} a master, which is not provisioned` : undefined,
        );
      }
      case 'restart': {
        const place = placeOf(step.pod);
        const target = to.places[place];
        if (target.pod === 'none' || target.pod === 'ending' || `${target.starts}` !== step.uid) return [];
        target.pod = 'ending';
        return done(this.harm(seen, place));
      }
      case 'provision':
        to.provisioned = true;
        return done();
      default:
        return [];
    }
  }

  /** All of the moves, or the first slot of the last one only in part. */
  private moved(now: State, moves: Extract<ClusterStep, { step: 'move-slots' }>['moves']) {
    const all = moves.flatMap(({ from, to, slots }) => slots.map((slot) => ({ from, to, slot })));
    const most = this.scenario.slotsAtATime ?? 2;
    if (all.length > most) return [{ to: clone(now), wrong: `moves ${all.length} slots at a time` }];
    return [false, true].map((part) => {
      const to = clone(now);
      const world = this.world(to);
      for (const { from, to: target, slot } of all) {
        const [source, sink] = [world.placeOf(from), world.placeOf(target)];
        if (source === undefined || sink === undefined || !world.move(source, sink, slot, part) || part)
          break;
      }
      return { to, part };
    });
  }

  /** What is wrong with ending a pod, as things were when that was decided. */
  private harm(seen: State, place: number): string | undefined {
    const world = this.world(seen);
    const name = nameOf(place);
    if (seen.places[place].revision === this.revision(seen)) return `ended ${name}, which is as it should be`;
    const node = world.serving(place);
    if (!node) return undefined;
    const others = world.up().filter((at) => at !== place && this.shardOf(at) === this.shardOf(place));
    if (
      node.slots !== 0 &&
      others.some(
        (at) =>
          world.serving(at)!.master === node.id && this.isReady(seen, world, at) && world.talk(at, place),
      )
    ) {
      return `ended ${name}, which is a master and has a replica`;
    }
    if (!this.isReady(seen, world, place)) return undefined;
    const unwell = seen.places.findIndex((_, at) => {
      return at !== place && this.stays(seen, at) && !this.isReady(seen, world, at);
    });
    return unwell < 0 ? undefined : `ended ${name} while ${nameOf(unwell)} is not ready`;
  }

  /** What everybody but the steward may do. */
  private events(state: State): Event[] {
    const events: Event[] = [];
    const add: Add = (name, fault, change) => events.push({ name, fault, change });
    for (const place of state.places.keys()) this.kubernetes(state, place, add);
    this.network(state, add);
    this.users(state, add);
    return events;
  }

  private happen(state: State, { name, fault, change }: Event): Move {
    const to = clone(state);
    change(to, this.world(to));
    this.settled(to);
    const gone = to.acked & ~this.held(to);
    to.acked &= this.held(to);
    // What is lost with a pod where nothing is kept, its end was to answer for.
    if (gone === 0 || fault || !this.keepsData) return { name, fault, to };
    return { name, fault, to, wrong: `had the keys of ${this.keysText(gone)} be lost` };
  }

  private kubernetes(state: State, place: number, add: Add): void {
    const { pod, revision, cut, node } = state.places[place];
    const name = nameOf(place);
    const room = place % ORDINALS < state.sets[this.shardOf(place)];
    const bad = this.bad(revision);
    if (pod === 'none' && room) {
      add(`${name} gets a pod`, false, (to) => {
        Object.assign(to.places[place], {
          pod: 'gate',
          revision: this.revision(to),
          starts: to.places[place].starts + 1,
        });
      });
    }
    if (pod !== 'none' && pod !== 'ending' && !room)
      add(`${name} has to end`, false, (to) => this.end(to, place));
    if (pod === 'ending') {
      add(`${name} has ended`, false, (to) => {
        Object.assign(to.places[place], { pod: 'none', revision: -1, cut: false });
        if (!this.keepsData) to.places[place].node = undefined;
      });
    }
    if (pod === 'gate' && bad === 'crashes') {
      add(`${name} fails`, false, (to) => {
        to.places[place].pod = 'broken';
      });
    } else if (pod === 'gate' && bad !== 'hangs')
      add(`${name} starts`, false, (to, world) => this.start(to, world, place));
    if (cut) {
      add(`${name} is reached again`, false, (to) => {
        to.places[place].cut = false;
      });
    }
    const fault = (kind: (typeof FAULTS)[number], change: (to: State, world: World) => void) => {
      const index = FAULTS.indexOf(kind);
      if (state.faults[index] >= (this.scenario.faults?.[kind] ?? 0)) return;
      add(`${kind} ${name}`, true, (to, world) => {
        to.faults[index]++;
        change(to, world);
      });
    };
    if (pod !== 'none' && pod !== 'ending') fault('kill', (to) => this.end(to, place));
    if (node && this.isSpare(state, place)) {
      fault('wipe', (to) => {
        if (pod !== 'none') this.end(to, place);
        to.places[place].node = undefined;
      });
    }
    if (pod === 'serves') {
      fault('crash', (to) => {
        to.places[place].pod = 'gate';
        to.places[place].cut = false;
        if (node) Object.assign(to.places[place].node!, { linked: false, able: false });
      });
      if (!cut) {
        fault('cut', (to) => {
          to.places[place].cut = true;
        });
      }
    }
  }

  /** Whether all that a place holds is somewhere else, too; what is lost with a last copy nobody promises to keep. */
  private isSpare(state: State, place: number): boolean {
    const node = state.places[place].node!;
    if (!this.keepsData) return true;
    const others = state.places.filter((other) => other.node && other.node !== node);
    const copy = others.some(({ node: other }) => other!.master === node.id && other!.able);
    return node.slots === 0 ? true : copy;
  }

  private end(to: State, place: number): void {
    to.places[place].pod = 'ending';
    if (to.places[place].node) Object.assign(to.places[place].node!, { linked: false, able: false });
  }

  private start(to: State, world: World, place: number): void {
    const here = to.places[place];
    here.pod = 'serves';
    here.node ??= blank(`n${to.made++}`);
    const { node } = here;
    if (this.scenario.looksUp) {
      for (const known of Object.values(node.known)) {
        if (to.places[known.place].pod !== 'none') known.address = to.places[known.place].starts;
      }
    }
    // A master that finds keys of slots that are not its own takes them, or marks them as being moved to it.
    if (node.master !== undefined) return;
    for (let slot = 0; slot < this.slots; slot++) {
      if (!(node.keys & both(slot)) || node.slots & bit(slot)) continue;
      const owner = world.ownerAt(node, slot);
      if (owner) node.importing[slot] = owner.id;
      else node.slots |= bit(slot);
    }
  }

  private network(state: State, add: Add): void {
    const world = this.world(state);
    const up = world.up();
    for (const at of up) {
      const node = world.serving(at)!;
      if (!this.scenario.instant) {
        for (const from of up) {
          if (!world.hasNews(at, from)) continue;
          add(`${nameOf(at)} hears ${nameOf(from)}`, false, (_, next) => next.hear(at, from));
        }
      }
      if (world.mayCopy(at) !== undefined && this.bad(state.places[at].revision) !== 'lags') {
        add(`${nameOf(at)} copies`, false, (_, next) => next.copy(at));
      }
      if (world.mayStand(at)) {
        add(`${nameOf(at)} is elected`, false, (to, next) => {
          next.promote(at);
          // What only its master had is lost with that, as Redis has it.
          const { slots, keys } = next.serving(at)!;
          to.acked &= keys | ~keysOfSlots(slots);
        });
      }
      for (const id of Object.keys(node.known)) {
        if (up[0] !== at && world.serving(up[0])!.known[id]) continue;
        if (world.missers(id).length === 0) continue;
        add(`most miss ${id}`, false, (_, next) => {
          for (const other of world.missers(id)) next.serving(other)!.known[id].failed = true;
        });
      }
    }
    const owed = this.owed(state, world);
    if (owed !== 0) {
      add('clients write', false, (to, next) => {
        for (const at of next.up()) {
          const node = next.serving(at)!;
          for (const slot of bits(node.slots)) {
            if (!(owed & both(slot))) continue;
            const more = both(slot) & ~to.acked;
            const taker = node.migrating[slot] === undefined ? undefined : next.placeOf(node.migrating[slot]);
            const target = taker === undefined ? undefined : next.serving(taker);
            next.store(target ?? node, (target ?? node).keys | more);
            to.acked |= more;
          }
        }
      });
    }
  }

  /** Keys that clients could write and have not. */
  private owed(state: State, world: World): number {
    const open = world.up().filter((at) => world.serving(at)!.master === undefined && world.isOk(at));
    return open.reduce((keys, at) => keys | keysOfSlots(world.serving(at)!.slots), 0) & ~state.acked;
  }

  private users(state: State, add: Add): void {
    const next = this.scenario.commits[state.commit + 1];
    if (next && (state.formed || this.scenario.fresh)) {
      add(`applied: ${next.shards}, revision ${next.revision}`, true, (to) => {
        to.commit++;
        for (let shard = 0; shard < this.shards; shard++) {
          const wanted = this.wantedOf(to, shard);
          if (!wanted) to.sets[shard] = -1;
          else if (to.sets[shard] < 0) to.sets[shard] = 1;
        }
        to.provisioned = false;
      });
    }
    const index = FAULTS.indexOf('reset');
    if (state.faults[index] >= (this.scenario.faults?.reset ?? 0)) return;
    add('replicas are reset to 1', true, (to) => {
      to.faults[index]++;
      to.sets = to.sets.map((replicas) => Math.min(replicas, 1));
    });
  }

  // What the steward sees

  facts(state: State, stalled: boolean): ClusterFacts {
    const world = this.world(state);
    const nodes: ClusterNode[] = [];
    for (const [place, { pod }] of state.places.entries()) {
      const wanted = this.wantedOf(state, this.shardOf(place));
      const isWanted = wanted !== undefined && place % ORDINALS < wanted.servers;
      if (isWanted || pod !== 'none') nodes.push(this.factOf(state, world, place, isWanted, stalled));
    }
    return {
      formed: state.formed,
      keepsData: this.keepsData,
      slotsAtATime: this.scenario.slotsAtATime ?? 2,
      shards: this.wanted[state.commit].flatMap((wanted, index) =>
        wanted ? { index, set: `c-${index}`, replicas: state.sets[index], ...wanted } : [],
      ),
      nodes,
      unprovisioned: state.provisioned ? undefined : 'a user is missing',
      staleCertificates: [],
    };
  }

  private factOf(state: State, world: World, place: number, wanted: boolean, stalled: boolean): ClusterNode {
    const { pod, revision, starts } = state.places[place];
    const applied = this.revision(state);
    const ready = this.isReady(state, world, place);
    return {
      pod: nameOf(place),
      host: hostOf(place),
      shard: this.shardOf(place),
      ordinal: place % ORDINALS,
      wanted,
      ip: pod === 'none' ? undefined : addressOf(place, starts),
      kube:
        pod === 'none'
          ? undefined
          : {
              ...{ name: nameOf(place), uid: `${starts}`, revision: `r${revision}`, ready },
              outdated:
                revision === applied ? undefined : `it runs r${revision}, and r${applied} was applied`,
              terminating: pod === 'ending',
              broken: pod === 'broken' ? 'CrashLoopBackOff' : undefined,
              stalled: stalled && (!ready || pod === 'ending'),
            },
      ...this.saysOf(state, world, place),
    };
  }

  private saysOf(state: State, world: World, place: number): Pick<ClusterNode, 'server' | 'view'> {
    const { pod, node: there } = state.places[place];
    if (pod === 'gate') return { server: { state: 'gate', disk: there ? 'data' : 'empty' } };
    const node = world.serving(place);
    if (!node) return { server: { state: 'silent', reason: 'no answer' } };
    return {
      server: {
        ...{ state: 'serving', role: node.master === undefined ? 'master' : 'replica', runId: node.id },
        ...{ linked: node.linked, offset: 0, replicas: [], keys: bits(node.keys).length },
      },
      view: this.viewOf(world, place, node),
    };
  }

  private viewOf(world: World, place: number, node: Node): NodeView {
    const role = (master: string | undefined) => (master === undefined ? 'master' : 'replica');
    const self = {
      ...{ id: node.id, ip: addressOf(place, world.places[place].starts), hostname: hostOf(place) },
      ...({
        role: role(node.master),
        master: node.master,
        failed: 'no',
        handshake: false,
        linked: true,
      } as const),
      ...{ epoch: node.epoch, slots: rangesOf(bits(node.slots)) },
    };
    const others = Object.entries(node.known).map(([id, known]) => ({
      ...{ id, ip: addressOf(known.place, known.address), hostname: hostOf(known.place) },
      ...({ role: role(known.master), master: known.master, handshake: false } as const),
      failed: known.failed ? ('yes' as const) : ('no' as const),
      linked:
        world.finds(node, known.place) ||
        (world.places[known.place].node?.id === id && world.talk(place, known.place)),
      ...{ epoch: known.epoch, slots: rangesOf(bits(known.slots)) },
    }));
    const strays = bits(node.keys)
      .map((key) => Math.floor(key / 2))
      .filter((slot, index, all) => all.indexOf(slot) === index && !(node.slots & bit(slot)));
    return {
      ...{ id: node.id, currentEpoch: node.epoch, ok: world.isOk(place), nodes: [self, ...others] },
      migrating: Object.entries(node.migrating).map(([slot, to]) => ({ slot: Number(slot), to })),
      importing: Object.entries(node.importing).map(([slot, from]) => ({ slot: Number(slot), from })),
      strays: node.master === undefined ? strays : [],
    };
  }

  // Where it ends

  /** Whether everything is as it is wanted, by the world's own account. */
  private isGoal(state: State): boolean {
    const world = this.world(state);
    const owners = world.up().filter((place) => world.serving(place)!.slots !== 0);
    const counts = owners.map((place) => bits(world.serving(place)!.slots).length);
    const shards = this.wanted[state.commit].flatMap((wanted, shard) =>
      wanted && !wanted.leaving ? shard : [],
    );
    return (
      state.formed &&
      state.provisioned &&
      state.sets.every((replicas, shard) => {
        const wanted = this.wantedOf(state, shard);
        return replicas === (wanted ? (wanted.leaving ? 0 : wanted.servers) : -1);
      }) &&
      state.places.every(({ pod, revision }, place) =>
        this.stays(state, place)
          ? revision === this.revision(state) && this.isReady(state, world, place)
          : pod === 'none',
      ) &&
      this.covered(world) === bit(this.slots) - 1 &&
      counts.reduce((sum, each) => sum + each, 0) === this.slots &&
      Math.max(...counts) - Math.min(...counts) <= 1 &&
      shards.every((shard) => owners.filter((place) => this.shardOf(place) === shard).length === 1) &&
      world.up().every((place) => {
        const node = world.serving(place)!;
        const open = Object.keys({ ...node.migrating, ...node.importing }).length;
        const master = node.master === undefined ? place : world.placeOf(node.master);
        const own =
          node.master !== undefined || (keysOfSlots(node.slots) | node.keys) === keysOfSlots(node.slots);
        return open === 0 && own && master !== undefined && this.shardOf(master) === this.shardOf(place);
      }) &&
      (state.acked & ~owners.reduce((keys, place) => keys | world.serving(place)!.keys, 0)) === 0
    );
  }

  /** Why what was applied cannot come true without anybody's help; undefined: it can. */
  private hopeless(state: State): string | undefined {
    const bad = this.bad(this.revision(state));
    if (bad) return `its revision ${bad}`;
    const missed = state.places.some(({ node }) =>
      Object.keys(node?.known ?? {}).some((id) => this.world(state).placeOf(id) === undefined),
    );
    if (!state.formed && this.keepsData && missed) return 'a node was lost before the cluster was formed';
    const dropped = state.places.findIndex(
      ({ node }, place) => node?.slots && this.wantedOf(state, this.shardOf(place)) === undefined,
    );
    if (dropped >= 0) return `${nameOf(dropped)} was dropped`;
    const shards = this.wanted[state.commit].filter((wanted) => wanted && !wanted.leaving);
    if (shards.length === 0) return 'no shard stays';
    const servers = this.wanted[state.commit].some((wanted) => wanted?.servers === 1 && !wanted.leaving);
    if (
      !this.keepsData &&
      servers &&
      state.places.some(({ revision }) => revision >= 0 && revision !== this.revision(state))
    ) {
      return 'a shard would lose its keys';
    }
    const words = state.places.flatMap(({ node }) => Object.entries(node?.known ?? {}));
    const owning = (failed: boolean) =>
      new Set(words.flatMap(([id, known]) => (known.slots !== 0 && known.failed === failed ? id : []))).size;
    if (!this.keepsData && owning(true) >= owning(false)) return 'most masters are lost';
    const had = state.places.reduce((mask, { node }) => mask | (node?.slots ?? 0), 0);
    if (state.formed && this.keepsData && had !== bit(this.slots) - 1) return 'slots are lost';
    return undefined;
  }

  /** What is wrong with a state in which nothing more happens by itself. */
  unsettled(state: State): string | undefined {
    const step = this.decide(state, true);
    const goal = this.isGoal(state);
    if (goal && step.step === 'rest') return undefined;
    const end = `at rest, and ${goal ? 'as wanted' : 'not as wanted'}: ${textOf(step)} (${step.why})`;
    if (step.step !== 'wait' || !this.hopeless(state)) return end;
    return step.todo ? undefined : `${end}, and nobody is told what to do`;
  }
}

type Change = (to: State, world: World) => void;
type Add = (name: string, fault: boolean, change: Change) => void;

/** What somebody else may do. */
interface Event {
  readonly name: string;
  readonly fault: boolean;
  readonly change: Change;
}

const nameOf = (place: number): string => `c-${Math.floor(place / ORDINALS)}-${place % ORDINALS}`;
const hostOf = (place: number): string => `${nameOf(place)}.c-headless`;
const addressOf = (place: number, starts: number): string => `10.0.${place}.${starts}`;
const placeOf = (pod: string): number => {
  const [, shard, ordinal] = pod.split('-').map(Number);
  return shard * ORDINALS + ordinal;
};

function textOf(step: ClusterStep): string {
  const { phase, why, ...rest } = step;
  const words = Object.entries(rest).map(([, value]) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  );
  return words.join(' ');
}

/** A state as one line. */
export function show({ places, sets, formed, commit, provisioned, acked }: State): string {
  const each = places.flatMap(({ pod, revision, cut, node }, place) => {
    if (pod === 'none' && !node) return [];
    const at = node
      ? `${node.id}${node.master ? `>${node.master}${node.linked ? '' : '?'}` : ''} e${node.epoch} [${bits(node.slots)}] k${node.keys.toString(16)}`
      : 'empty';
    const known = node
      ? Object.entries(node.known).map(
          ([id, { slots, failed, address }]) => `${id}${failed ? '!' : ''}@${address}[${bits(slots)}]`,
        )
      : [];
    const open = node ? JSON.stringify({ ...node.migrating, ...node.importing }) : '{}';
    return `\n    ${nameOf(place)} ${pod} r${revision}${cut ? ' cut' : ''} #${places[place].starts} ${at} knows ${known.join(' ')}${open === '{}' ? '' : ` open ${open}`}`;
  });
  return `${each.join('')}\n    sets ${sets} ${formed ? 'formed' : 'not formed'}${provisioned ? '' : ' unprovisioned'} commit ${commit} acked ${acked.toString(16)}`;
}

/** A generator of numbers that is the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/**
 * A way through the states of a scenario: some steps with faults and changes of mind, and then without any to where nothing more
 * happens.
 */
export function walk(scenario: Scenario, seed: number, wild: number): ClusterStep {
  const model = new Model(scenario);
  const pick = numbers(seed);
  let state = model.initial();
  const way = [{ name: 'at first', at: state }];
  const lines = () => way.map(({ name, at }) => `${name} -> ${show(at)}`);
  const go = (calm: boolean): boolean => {
    const move = model.anyMove(state, calm, pick);
    if (!move) return false;
    const { name, to, wrong } = move;
    way.push({ name, at: to });
    state = to;
    if (wrong) throw new Error([`the steward ${wrong}`, ...lines()].join('\n'));
    return true;
  };
  for (let step = 0; step < wild; step++) go(pick(4) > 0);
  for (let step = 0; go(true); step++) {
    if (step > 1_500) throw new Error(['goes on for ever', ...lines().slice(-30)].join('\n'));
  }
  const what = model.unsettled(state);
  if (what) throw new Error([what, ...lines()].join('\n'));
  return model.decide(state, true);
}
