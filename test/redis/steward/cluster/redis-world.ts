// What matters of Redis Cluster to a steward, with few slots: who knows whom and where, who has which slots at which epoch,
// and where the keys are. Each slot has two keys, so that a slot that is half moved has one on either side.
// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/

/** What a node knows of another. */
export interface Known {
  /** Place that it announces as its name, and which start of that place's pod it was last found at. */
  place: number;
  address: number;
  master: string | undefined;
  slots: number;
  epoch: number;
  failed: boolean;
}

/** A node, which lives on a volume. */
export interface Node {
  id: string;
  /** Whom it follows; undefined: it is a master. */
  master: string | undefined;
  /** Slots that it takes for its own, a bit each. */
  slots: number;
  epoch: number;
  /** Everybody else that it knows. */
  known: Record<string, Known>;
  /** Two bits for each slot. */
  keys: number;
  migrating: Record<number, string>;
  importing: Record<number, string>;
  /** Whether it follows its master's writes, and whether it did since it was started, without which nobody elects it. */
  linked: boolean;
  able: boolean;
}

/** Where nodes run. */
export interface Place {
  /** `serves`, or why it does not. */
  pod: 'none' | 'gate' | 'broken' | 'serves' | 'ending';
  revision: number;
  /** How many pods it has had. */
  starts: number;
  /** Whether nobody reaches it. */
  cut: boolean;
  node: Node | undefined;
}

export const bit = (slot: number): number => 1 << slot;
export const both = (slot: number): number => 3 << (2 * slot);
export const bits = (mask: number): number[] => {
  const found: number[] = [];
  for (let at = 0; mask >> at !== 0; at++) if (mask & bit(at)) found.push(at);
  return found;
};
/** Keys of these slots. */
export const keysOfSlots = (slots: number): number =>
  bits(slots).reduce((keys, slot) => keys | both(slot), 0);

export const blank = (id: string): Node => ({
  ...{ id, master: undefined, slots: 0, epoch: 0, known: {}, keys: 0 },
  ...{ migrating: {}, importing: {}, linked: false, able: false },
});

export const copyNode = (node: Node): Node => ({
  ...node,
  known: Object.fromEntries(Object.entries(node.known).map(([id, known]) => [id, { ...known }])),
  migrating: { ...node.migrating },
  importing: { ...node.importing },
});

/** Nodes and the network between them. */
export class World {
  constructor(
    readonly places: Place[],
    private readonly slots: number,
  ) {}

  /** The node of a place that takes commands. */
  serving(place: number): Node | undefined {
    const { pod, cut, node } = this.places[place];
    return pod === 'serves' && !cut ? node : undefined;
  }

  /** Places of nodes that take commands. */
  up(): number[] {
    return this.places.flatMap((_, place) => (this.serving(place) ? place : []));
  }

  placeOf(id: string): number | undefined {
    const place = this.places.findIndex(({ node }) => node?.id === id);
    return place < 0 ? undefined : place;
  }

  /** Whether a node has the address of another. */
  finds(node: Node, other: number): boolean {
    const to = this.serving(other);
    return to !== undefined && node.known[to.id]?.address === this.places[other].starts;
  }

  /** Whether two nodes exchange messages. */
  talk(a: number, b: number): boolean {
    const [one, other] = [this.serving(a), this.serving(b)];
    if (!one || !other || a === b || !one.known[other.id] || !other.known[one.id]) return false;
    return this.finds(one, b) || this.finds(other, a);
  }

  /** Makes two nodes known to one another. */
  introduce(a: number, b: number): void {
    this.learn(a, b);
    this.learn(b, a);
    this.hear(a, b);
    this.hear(b, a);
  }

  private learn(at: number, of: number): void {
    const [node, other] = [this.serving(at), this.serving(of)];
    if (!node || !other || node === other) return;
    const known = node.known[other.id];
    if (known) known.address = this.places[of].starts;
    else {
      node.known[other.id] = {
        ...{ place: of, address: this.places[of].starts, master: other.master },
        ...{ slots: 0, epoch: other.epoch, failed: false },
      };
    }
  }

  /** Who has a slot, as a node sees it, and at which epoch. */
  ownerAt(node: Node, slot: number): { id: string; epoch: number } | undefined {
    if (node.slots & bit(slot)) return node;
    for (const [id, known] of Object.entries(node.known)) {
      if (known.slots & bit(slot)) return { id, epoch: known.epoch };
    }
    return undefined;
  }

  /** One node takes in what another says of itself. */
  hear(at: number, from: number): void {
    if (!this.talk(at, from)) return;
    const [node, sender] = [this.serving(at)!, this.serving(from)!];
    const known = node.known[sender.id];
    Object.assign(known, {
      ...{ address: this.places[from].starts, failed: false, master: sender.master, epoch: sender.epoch },
    });
    if (sender.master !== undefined) known.slots = 0;
    else this.rebind(node, sender);
    if (node.epoch === sender.epoch && node.slots && sender.slots && node.id < sender.id) {
      node.epoch = 1 + this.epoch(node);
    }
    for (const [id, other] of Object.entries(sender.known)) {
      const { place } = other;
      if (id === node.id || node.known[id] || this.serving(place)?.id !== id) continue;
      if (other.address !== this.places[place].starts) continue;
      this.learn(at, place);
      this.learn(place, at);
    }
  }

  /** Whether one node may have something to say to another that it does not know. */
  hasNews(at: number, from: number): boolean {
    if (!this.talk(at, from)) return false;
    const [node, sender] = [this.serving(at)!, this.serving(from)!];
    const { address, failed, master, epoch, slots } = node.known[sender.id];
    return (
      failed ||
      address !== this.places[from].starts ||
      master !== sender.master ||
      epoch !== sender.epoch ||
      slots !== (sender.master === undefined ? sender.slots : 0) ||
      (node.epoch === epoch && node.slots !== 0 && sender.slots !== 0) ||
      Object.keys(sender.known).some((id) => id !== node.id && !node.known[id])
    );
  }

  /** The highest epoch that a node knows of. */
  private epoch(node: Node): number {
    return Math.max(node.epoch, ...Object.values(node.known).map(({ epoch }) => epoch));
  }

  private rebind(node: Node, sender: Node): void {
    const known = node.known[sender.id];
    const mine = node.master === undefined ? node.id : node.master;
    const had = mine === node.id ? node.slots : (node.known[mine]?.slots ?? 0);
    let taken = 0;
    for (const slot of bits(sender.slots)) {
      const owner = this.ownerAt(node, slot);
      if (node.importing[slot] !== undefined || owner?.id === sender.id) continue;
      if (owner && owner.epoch >= sender.epoch) continue;
      if (owner?.id === mine) taken |= bit(slot);
      if (owner?.id === node.id) {
        node.slots &= ~bit(slot);
        node.keys &= ~both(slot);
        delete node.migrating[slot];
      } else if (owner) node.known[owner.id].slots &= ~bit(slot);
      known.slots |= bit(slot);
    }
    // Who has lost everything to one that has nothing else follows it.
    if (taken === 0 || taken !== had || taken !== sender.slots || mine === sender.id) return;
    this.follow(node, sender.id);
  }

  follow(node: Node, master: string): void {
    Object.assign(node, { master, slots: 0, migrating: {}, importing: {}, linked: false, able: false });
  }

  /** How many masters of slots a node needs to be heard by, and how many it is. */
  private voters(at: number): { all: number; heard: number } {
    const node = this.serving(at)!;
    const owners = Object.entries(node.known).filter(([, { slots }]) => slots !== 0);
    const heard = owners.filter(([, { place }]) => this.talk(at, place)).length;
    const self = node.slots === 0 ? 0 : 1;
    return { all: owners.length + self, heard: heard + self };
  }

  private hasMajority(at: number): boolean {
    const { all, heard } = this.voters(at);
    // Before anybody has slots, any master counts.
    return all === 0 ? this.serving(at)!.master === undefined : heard > all / 2;
  }

  /** Whether a node finds that all is well. */
  isOk(at: number): boolean {
    const node = this.serving(at)!;
    const owners = Object.values(node.known).filter(({ slots }) => slots !== 0);
    const covered = owners.reduce((mask, { slots, failed }) => (failed ? mask : mask | slots), node.slots);
    const fine = owners.filter(({ failed }) => !failed).length + (node.slots === 0 ? 0 : 1);
    return covered === bit(this.slots) - 1 && fine > (owners.length + (node.slots === 0 ? 0 : 1)) / 2;
  }

  /** Who misses an id, and may say so for most. */
  missers(id: string): number[] {
    const place = this.placeOf(id);
    return this.up().filter((at) => {
      const known = this.serving(at)!.known[id];
      if (!known || known.failed || (place !== undefined && this.talk(at, place))) return false;
      return this.hasMajority(at);
    });
  }

  /** Whether a replica may take its master's place by election. */
  mayStand(at: number, forced = false): boolean {
    const node = this.serving(at);
    const master = node?.master === undefined ? undefined : node.known[node.master];
    return Boolean((node?.able || forced) && master?.failed && master.slots !== 0 && this.hasMajority(at));
  }

  /** A replica takes its master's place. */
  promote(at: number): void {
    const node = this.serving(at)!;
    const master = node.known[node.master!];
    Object.assign(node, {
      ...{ slots: master.slots, epoch: 1 + this.epoch(node), master: undefined, linked: false, able: false },
    });
    master.slots = 0;
  }

  /** Whether a replica can copy what its master has. */
  mayCopy(at: number): number | undefined {
    const node = this.serving(at);
    if (!node?.master || node.linked) return undefined;
    const from = this.placeOf(node.master);
    if (from === undefined || !this.finds(node, from)) return undefined;
    return this.serving(from)?.master === undefined ? from : undefined;
  }

  copy(at: number): void {
    const from = this.mayCopy(at);
    if (from === undefined) return;
    this.hear(at, from);
    if (this.mayCopy(at) !== from) return;
    Object.assign(this.serving(at)!, { keys: this.serving(from)!.keys, linked: true, able: true });
  }

  /** Changes a master's keys, and those of replicas that follow. */
  store(node: Node, keys: number): void {
    node.keys = keys;
    for (const at of this.up()) {
      const other = this.serving(at)!;
      if (other.master === node.id && other.linked) other.keys = keys;
    }
  }

  /** Takes note of broken links. */
  settle(): void {
    for (const { node } of this.places) {
      if (!node?.linked) continue;
      const master = node.master === undefined ? undefined : this.placeOf(node.master);
      const from = master === undefined ? undefined : this.serving(master);
      if (!from || from.master !== undefined) node.linked = false;
    }
  }

  /** Lets everybody who can hear everybody, until nobody has anything new to say. */
  gossip(): void {
    for (let before = ''; ; ) {
      for (const at of this.up()) {
        for (const from of this.up()) if (this.hasNews(at, from)) this.hear(at, from);
      }
      const now = JSON.stringify(this.places);
      if (now === before) return;
      before = now;
    }
  }

  /** Moves a slot, or only its first key. */
  move(from: number, to: number, slot: number, half: boolean): boolean {
    const [source, target] = [this.serving(from), this.serving(to)];
    if (!source || !target || source.master !== undefined || target.master !== undefined) return false;
    if (!(source.slots & bit(slot)) || !this.talk(from, to)) return false;
    const moving = source.keys & (half ? bit(2 * slot) : both(slot));
    this.store(target, target.keys | moving);
    this.store(source, source.keys & ~moving);
    if (half) {
      source.migrating[slot] = target.id;
      target.importing[slot] = source.id;
      return true;
    }
    delete target.importing[slot];
    delete source.migrating[slot];
    const owner = this.ownerAt(target, slot);
    if (owner && owner.id !== target.id) target.known[owner.id].slots &= ~bit(slot);
    target.slots |= bit(slot);
    target.epoch = 1 + Math.max(this.epoch(target), this.epoch(source));
    source.slots &= ~bit(slot);
    const known = source.known[target.id];
    Object.assign(known, { slots: known.slots | bit(slot), epoch: target.epoch });
    return true;
  }
}
