/** What a member's disk holds. */
export type Disk =
  /** Nothing. */
  | { readonly state: 'empty' }
  /** It was allowed to found the cluster, and has not stored anything yet. */
  | { readonly state: 'founding' }
  /** Data, with the membership that this member last knew. */
  | { readonly state: 'data'; readonly version: bigint; readonly members: readonly number[] }
  /** A part of what it held; with it the member has forgotten what it acknowledged. */
  | { readonly state: 'lost'; readonly reason: string }
  /** Something that must not be used, and why. */
  | { readonly state: 'foreign'; readonly reason: string };

/** What a peer answered. */
export type Peer =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers, and has noted what this one stated: its server is not running yet. */
  | { readonly state: 'gate'; readonly disk: Disk['state'] }
  /** Its server runs without being part of a working cluster. */
  | { readonly state: 'waiting' }
  /** Its server serves, under this membership. */
  | { readonly state: 'serving'; readonly version: bigint; readonly members: readonly number[] };

/** Everything a gate decides from. */
export interface GateFacts {
  readonly self: number;
  /** Members that should exist. */
  readonly members: readonly number[];
  /** Members that may form the cluster. */
  readonly founders: readonly number[];
  /** Whether the marker says that the cluster exists. */
  readonly formed: boolean;
  readonly disk: Disk;
  /** The latest answer of every other member. */
  readonly peers: ReadonlyMap<number, Peer>;
  /** Whether another member says that it leads. Peers may serve for a while under a leader that is gone. */
  readonly led: boolean;
  /** Members that have stated an empty disk to this one since its own disk was last empty. */
  readonly seenEmpty: ReadonlySet<number>;
}

/** What a gate does next. */
export type GateDecision =
  /** Let the server start on what is there. */
  | { readonly action: 'start' }
  /** Let it start as one of those that form the cluster. */
  | { readonly action: 'found' }
  /**
   * Let it start under the membership of `peer`; `listed` says whether it is a member there already. It brings what its
   * disk holds (`keep`), or nothing and has no vote until it has caught up (`empty`), or nothing and its vote as a
   * founder (`founding`).
   */
  | {
      readonly action: 'join';
      readonly peer: number;
      readonly listed: boolean;
      readonly disk: 'keep' | 'empty' | 'founding';
    }
  | { readonly action: 'wait'; readonly reason: string }
  | { readonly action: 'refuse'; readonly reason: string };

/** A serving peer. */
interface Live {
  readonly id: number;
  readonly version: bigint;
  readonly members: readonly number[];
}

/** The serving peer whose membership is the newest. */
function newest(peers: GateFacts['peers']): Live | undefined {
  let best: Live | undefined;
  for (const [id, peer] of peers) {
    if (peer.state !== 'serving' || (best && best.version >= peer.version)) continue;
    best = { id, version: peer.version, members: peer.members };
  }
  return best;
}

const describe = (peer: Peer | undefined): string => {
  if (!peer) return 'not asked yet';
  if (peer.state === 'silent') return peer.reason;
  if (peer.state === 'gate') return `waits at its gate, disk: ${peer.disk}`;
  return peer.state === 'waiting' ? 'runs without a quorum' : 'serves';
};

const describeAll = (facts: GateFacts, ids: Iterable<number> = facts.peers.keys()): string =>
  [...ids].map((id) => `${id}: ${describe(facts.peers.get(id))}`).join('; ');

const wait = (...reason: string[]): GateDecision => ({
  action: 'wait',
  reason: reason.filter(Boolean).join(' '),
});

/** Joins `live`, unless nobody wants this member any more. */
function join(facts: GateFacts, live: Live, disk: 'keep' | 'empty' | 'founding'): GateDecision {
  const { self, members } = facts;
  const listed = live.members.includes(self);
  if (!listed && !members.includes(self)) {
    return wait(`member ${self} is not one of the members that should exist (${members.join(', ')}).`);
  }
  if (disk !== 'keep' && !facts.led) {
    // Where this member led, its peers may not have noticed yet that it went, and would have it lead with nothing.
    return wait(
      `member ${live.id} serves, and no other member says that it leads: without data this one joins under a leader.`,
      describeAll(facts),
    );
  }
  return { action: 'join', peer: live.id, listed, disk };
}

/** A member with data: it starts, unless the cluster has gone on without it. */
function withData(facts: GateFacts, disk: Extract<Disk, { state: 'data' }>): GateDecision {
  const live = newest(facts.peers);
  // A newer membership is taken over: the members that this disk knows may all be gone.
  if (live && live.version > disk.version) return join(facts, live, 'keep');
  if (live && live.version === disk.version && !live.members.includes(facts.self)) {
    return join(facts, live, 'keep');
  }
  if (disk.members.includes(facts.self)) return { action: 'start' };
  return wait(
    `the membership on this disk (${disk.members.join(', ') || 'none'}) does not include member ${facts.self}, so it`,
    `can only start as a guest of a serving member that knows this membership, and none does.`,
    describeAll(facts),
  );
}

/** Members that must have stated an empty disk before this one may found. */
function others({ self, members, founders }: GateFacts): number[] {
  return [...new Set([...founders, ...members])].filter((id) => id !== self).sort((a, b) => a - b);
}

/** A founder to whom everybody has stated an empty disk: its own empty disk has then never stood for anything. */
function entitled(facts: GateFacts): boolean {
  const { self, founders, formed, seenEmpty } = facts;
  return !formed && founders.includes(self) && others(facts).every((id) => seenEmpty.has(id));
}

/** A member without data: it joins what serves, or founds with all other founders, or waits. */
function withoutData(facts: GateFacts): GateDecision {
  const { self, founders } = facts;
  const live = newest(facts.peers);
  if (live) return join(facts, live, entitled(facts) && live.members.includes(self) ? 'founding' : 'empty');
  if (facts.formed) {
    return wait(
      'the cluster exists (it is marked as formed) and this disk is empty: it may join a serving member and never found.',
      describeAll(facts),
    );
  }
  if (!founders.includes(self)) {
    const list = founders.join(', ');
    return wait(
      `member ${self} is not a founder (${list}) and joins once the cluster serves.`,
      describeAll(facts),
    );
  }
  return entitled(facts) ? founding(facts) : gathering(facts);
}

/** Founds once every other founder is known to have noted this one's empty disk, or else one of them might never found. */
function founding(facts: GateFacts): GateDecision {
  const silent = facts.founders.filter(
    (id) => id !== facts.self && (facts.peers.get(id) ?? { state: 'silent' }).state === 'silent',
  );
  if (silent.length === 0) return { action: 'found' };
  return wait(
    'all disks were stated to be empty, and the cluster is founded once all founders answer.',
    describeAll(facts, silent),
  );
}

function gathering(facts: GateFacts): GateDecision {
  const missing = others(facts).filter((id) => !facts.seenEmpty.has(id));
  const holders = missing.filter((id) => {
    const peer = facts.peers.get(id);
    return (
      peer?.state === 'waiting' || (peer?.state === 'gate' && (peer.disk === 'data' || peer.disk === 'lost'))
    );
  });
  if (holders.length === 0) {
    return wait(
      'a cluster is founded only when all members state that their disks are empty.',
      describeAll(facts, missing),
    );
  }
  return wait(
    `member ${holders.join(', ')} has started or holds data, so the cluster exists: this empty member joins when a`,
    'majority serves. If the disks of a majority are lost, restore a backup.',
    describeAll(facts),
  );
}

/**
 * Decides whether a member may start, and as what. An empty disk never proves that there is no cluster: it founds one
 * only together with every other founder, each member having stated that its disk is empty too.
 */
export function decide(facts: GateFacts): GateDecision {
  const { disk } = facts;
  switch (disk.state) {
    case 'foreign':
      return { action: 'refuse', reason: disk.reason };
    case 'data':
      return withData(facts, disk);
    case 'lost': {
      const live = newest(facts.peers);
      if (live) return join(facts, live, 'empty');
      return wait(
        `${disk.reason}: it starts over from a serving member, and none serves.`,
        describeAll(facts),
      );
    }
    case 'founding': {
      // What was founded meanwhile may have moved on, to members that this one would not find.
      const live = newest(facts.peers);
      if (!live) return { action: 'found' };
      return join(facts, live, live.members.includes(facts.self) ? 'founding' : 'empty');
    }
    case 'empty':
      return withoutData(facts);
  }
}
