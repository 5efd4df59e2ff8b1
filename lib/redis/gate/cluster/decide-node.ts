import type { Serving } from '../../steward/facts';
import type { NodeList } from '../../wire/cluster-nodes';
import type { LastRun } from './nodes-conf';

/** Another node, as it answers the gate. */
export type NodePeer =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers. */
  | { readonly state: 'gate' }
  | { readonly state: 'loading' }
  | {
      readonly state: 'serving';
      readonly says: Serving;
      /** Everybody as it knows them. */
      readonly knows: NodeList;
      /** Of a replica: for how many seconds it has missed its master; undefined: it was not connected to it since it started. */
      readonly missing?: number;
    };

/** What the gate of a node of a Redis Cluster decides from. */
export interface NodeFacts {
  /** What its `nodes.conf` says; undefined: there is none. */
  readonly last?: LastRun;
  /** Whether there is a data set beside it. */
  readonly hasData: boolean;
  readonly keepsData: boolean;
  /** Whether a backup was restored into this volume, and the cluster is not formed yet. */
  readonly restored: boolean;
  /** All other nodes that should exist, by their pods. */
  readonly peers: ReadonlyMap<string, NodePeer>;
  /** `cluster-node-timeout` in milliseconds. */
  readonly nodeTimeout: number;
  /** What it has waited for without a break, and for how long, in milliseconds. */
  readonly awaited?: { readonly what: string; readonly ms: number };
}

/** What it waits for: to find those who may have moved, or that a replica takes its place. */
export type Awaited = 'addresses' | 'failover';

/** What it does. */
export type NodeDecision =
  | { readonly action: 'start'; readonly as: string }
  /** `ask`: the replica that should be asked to take this node's place at once, by its pod. */
  | {
      readonly action: 'wait';
      readonly reason: string;
      readonly awaits?: Awaited;
      readonly ask?: string;
    };

type ServingPeer = Extract<NodePeer, { state: 'serving' }> & { readonly pod: string };

/** How long it waits at most for others to be found, which matters when all of them have moved. */
const FINDING_MS = 10_000;
/** For how many seconds a replica may have missed its master and be told to take its place at once. */
const RECENT_S = 60;

/** How long a master whose data is kept waits at most for a replica to take its place, in milliseconds. */
export function patience(nodeTimeout: number): number {
  return 2 * nodeTimeout + 10_000;
}

/**
 * Decides whether a node may start. A replica always may, and so may a node that is new, which has no slots. A master whose
 * replica could take its place waits until that has happened: what it has itself may be less. With its data it waits so
 * long only; without data it never starts as a master while a replica has some.
 */
export function decideNode(facts: NodeFacts): NodeDecision {
  const { last } = facts;
  if (!last) return withoutIdentity(facts);
  const hidden = whoIsHidden(facts, last);
  if (hidden.length > 0) {
    const reason = `nobody serves yet, and it looks for the addresses of the others: ${hidden.join('; ')}`;
    return { action: 'wait', reason, awaits: 'addresses' };
  }
  if (last.role === 'replica') return { action: 'start', as: 'a replica' };
  if (last.slots === 0) return { action: 'start', as: 'a node without slots' };
  return asMaster(facts, last);
}

/** A node that nobody knows. */
function withoutIdentity({ hasData, restored }: NodeFacts): NodeDecision {
  if (!hasData) return { action: 'start', as: 'a new node' };
  if (restored) return { action: 'start', as: 'a new node with restored data' };
  const reason =
    'its data is there, and the nodes.conf that says who it is and which slots it has is gone. Put that file back, or empty' +
    ' the volume: it then starts as a new node, and gets the data from its master';
  return { action: 'wait', reason };
}

/** Others that may have moved and were not found yet, and why. Whoever serves tells everybody where everybody is. */
function whoIsHidden(facts: NodeFacts, last: LastRun): string[] {
  const all = [...facts.peers];
  if (waited(facts, 'addresses') >= FINDING_MS || last.others.length === 0) return [];
  if (all.some(([, { state }]) => state === 'serving')) return [];
  return all.flatMap(([pod, peer]) => (peer.state === 'silent' ? `${pod}: ${peer.reason}` : []));
}

/** A node that had slots. */
function asMaster(facts: NodeFacts, last: LastRun): NodeDecision {
  const serving = [...facts.peers].flatMap(([pod, peer]) =>
    peer.state === 'serving' ? { pod, ...peer } : [],
  );
  const place = placeOf(last.id, serving);
  if (place) return { action: 'start', as: place };
  return facts.keepsData && facts.hasData
    ? withItsData(facts, last, serving)
    : withNothing(facts, last, serving);
}

/** What has become of it, where it is not what it was any more. */
function placeOf(id: string, serving: readonly ServingPeer[]): string | undefined {
  // A node that is new knows nobody, and has nothing to tell.
  const informed = serving.filter(({ knows }) => knows.nodes.some(({ slots }) => slots.length > 0));
  if (informed.length === 0) return undefined;
  const views = informed
    .flatMap(({ knows }) => {
      const entry = knows.nodes.find((node) => node.id === id);
      return entry ? { entry, epoch: Math.max(...knows.nodes.map(({ epoch }) => epoch)) } : [];
    })
    .sort((a, b) => b.epoch - a.epoch);
  if (views.length === 0) return 'a node that the others have forgotten';
  const [{ entry }] = views;
  return entry.role === 'replica' || entry.slots.length === 0 ? 'a master that was replaced' : undefined;
}

/** Its replicas that can be reached, by this node or by others. */
function replicasOf(id: string, serving: readonly ServingPeer[]) {
  const entries = serving.flatMap(({ knows }) => knows.nodes.filter(({ master }) => master === id));
  return [...new Set(entries.map((entry) => entry.id))].flatMap((replica) => {
    const peer = serving.find(({ knows }) => knows.myself.id === replica);
    const seen = entries.find((entry) => entry.id === replica && entry.linked && entry.failed === 'no');
    if (!peer && !seen) return [];
    return { id: replica, name: peer?.pod ?? (seen?.hostname || replica), peer };
  });
}

/** Whether those who would have to agree to a failover are there: a majority of all masters with slots. */
function canElect(id: string, serving: readonly ServingPeer[]): { able: boolean; found: number; of: number } {
  const entries = serving.flatMap(({ knows }) => knows.nodes);
  const masters = [...new Set(entries.flatMap((each) => (each.slots.length > 0 ? each.id : [])))];
  const found = masters.filter((master) => {
    if (master === id) return false;
    if (serving.some(({ knows }) => knows.myself.id === master)) return true;
    return entries.some((each) => each.id === master && each.linked && each.failed === 'no');
  }).length;
  return { able: found > masters.length / 2, found, of: masters.length };
}

function withItsData(facts: NodeFacts, last: LastRun, serving: readonly ServingPeer[]): NodeDecision {
  // One that has restarted, too, has nothing that this node does not have, and is not elected either.
  const replicas = replicasOf(last.id, serving).filter(({ peer }) => !peer || peer.missing !== undefined);
  if (replicas.length === 0) return { action: 'start', as: 'a master that no replica can replace' };
  const { able, found, of } = canElect(last.id, serving);
  if (!able) return { action: 'start', as: `a master that ${found} of ${of} masters cannot replace` };
  const most = patience(facts.nodeTimeout);
  if (waited(facts, 'failover') >= most)
    return { action: 'start', as: `a master that nobody replaced in ${most} ms` };
  return wait(
    `${names(replicas)} can take its place as master of ${slotsOf(last)}, and may have more of what was written:` +
      ` it starts as a replica then, or in ${most} ms at the latest`,
    whoShould(replicas),
  );
}

function withNothing(facts: NodeFacts, last: LastRun, serving: readonly ServingPeer[]): NodeDecision {
  const replicas = replicasOf(last.id, serving);
  const holders = replicas.filter(({ peer }) => peer?.says.keys !== 0);
  if (holders.length > 0) {
    const { able, found, of } = canElect(last.id, serving);
    const why = `its data is gone, and ${names(holders)} has the keys of ${slotsOf(last)}: it starts once that has taken its place`;
    if (able) return wait(why, whoShould(holders, waited(facts, 'failover') >= patience(facts.nodeTimeout)));
    return wait(
      `${why}, to which ${found} of ${of} masters cannot agree. If the others are lost, run CLUSTER FAILOVER TAKEOVER there`,
    );
  }
  if (!facts.keepsData || replicas.length === last.replicas.length) {
    return { action: 'start', as: 'a master without data, of which no replica has any either' };
  }
  return wait(
    `its data is gone, and a replica that may have the keys of ${slotsOf(last)} does not serve: it waits for that one.` +
      ' If no copy is left, remove its nodes.conf: it then starts as a new node',
  );
}

/** The replica that has most, where it lost its master a moment ago; later it may be far behind. */
function whoShould(replicas: readonly { readonly peer?: ServingPeer }[], any = false): string | undefined {
  const fit = replicas
    .flatMap(({ peer }) => peer ?? [])
    .filter(({ missing = Number.POSITIVE_INFINITY }) => any || missing <= RECENT_S);
  return fit.sort((a, b) => b.says.offset - a.says.offset)[0]?.pod;
}

function slotsOf({ slots }: LastRun): string {
  return `${slots} slot${slots === 1 ? '' : 's'}`;
}

function names(replicas: readonly { readonly name: string }[]): string {
  return replicas.map(({ name }) => name).join(', ');
}

function wait(reason: string, ask?: string): NodeDecision {
  return { action: 'wait', reason, awaits: 'failover', ...(ask && { ask }) };
}

function waited({ awaited }: NodeFacts, what: Awaited): number {
  return awaited?.what === what ? awaited.ms : 0;
}
