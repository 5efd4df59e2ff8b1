import { wait } from '../../../steward/charge';
import { count } from '../../../steward/words';
import type { ClusterStep, SlotMove } from './cluster-facts';
import type { Cluster, Entry } from './cluster-state';
import { nameIn, nameOf } from './node-state';
import { entriesIn, headOf, homeOf, ownersOf, shardAt, stayingShards } from './shards';
import { type Holder, planMoves } from './slot-plan';

/** Brings the slots of a shard to one of its nodes, where several have some. */
export function unite(cluster: Cluster): ClusterStep | undefined {
  for (const { index } of stayingShards(cluster)) {
    const head = headOf(cluster, index);
    const others = entriesIn(cluster, index).filter(({ id, slots }) => slots.length > 0 && id !== head?.id);
    if (!head || others.length === 0) continue;
    const halves = others.flatMap(({ id, slots }) => slots.map((slot) => ({ slot, from: id, to: head.id })));
    const moves = planMoves([], halves, cluster.facts.slotsAtATime);
    const why = `shard ${index} has several masters: ${nameOf(head)} gets the slots of ${others.map(nameOf).join(', ')}`;
    return { phase: 'Healing', step: 'move-slots', moves, why };
  }
  return undefined;
}

/** Evens out the slots among the masters of shards that stay, and takes them from those that leave. */
export function reshard(cluster: Cluster): ClusterStep | undefined {
  const { facts } = cluster;
  const holders = holdersOf(cluster);
  const all = planMoves(holders, [], cluster.owners.length);
  if (all.length === 0) {
    if (holders.every(({ leaving, slots }) => !leaving || slots.length === 0)) return undefined;
    const todo = 'Let a shard stay: a cluster that is wanted no more is removed as a whole.';
    return wait('Shrinking', 'leaving', 'every shard is to leave, and none is left for their slots', todo);
  }
  const drains = all.some(({ from }) => holders.some(({ id, leaving }) => leaving && id === from));
  const phase = drains ? 'Shrinking' : 'Growing';
  if (facts.unprovisioned) {
    return wait(
      phase,
      'provision',
      `slots are moved once masters are provisioned: ${facts.unprovisioned}`,
      facts.provisionFailed && adviceForProvisioning(facts.provisionFailed),
    );
  }
  const full = overfull(cluster, all);
  if (full) return wait(phase, 'held', full.why, full.todo);
  const moves = planMoves(holders, [], facts.slotsAtATime);
  const left = all.reduce((sum, { slots }) => sum + slots.length, 0);
  const from = [...new Set(moves.map((move) => nameIn(cluster, move.from)))].join(', ');
  const to = [...new Set(moves.map((move) => nameIn(cluster, move.to)))].join(', ');
  const why = `${count(left, 'slot')} to move in all, these from ${from} to ${to}`;
  return { phase, step: 'move-slots', moves, why };
}

const adviceForProvisioning = (failed: string): string =>
  `Provisioning failed; mend what it names: ${failed}`;

/** One master of each shard that stays, and all that have slots and leave. */
function holdersOf(cluster: Cluster): Holder[] {
  const heads = stayingShards(cluster).flatMap(({ index }) => headOf(cluster, index) ?? []);
  const leavers = ownersOf(cluster).filter(
    (entry) => shardAt(cluster, homeOf(cluster, entry)?.shard ?? -1)?.leaving,
  );
  const holder =
    (leaving: boolean) =>
    ({ id, slots }: Entry) => ({ id, slots, leaving });
  return [...heads.map(holder(false)), ...leavers.map(holder(true))];
}

/** Whether a master would get more than it has room for. */
function overfull(cluster: Cluster, moves: readonly SlotMove[]): { why: string; todo: string } | undefined {
  const { entries } = cluster;
  const memory = (id: string) => entries.get(id)?.node?.memory;
  const sizeOf = ({ from, slots }: SlotMove) =>
    ((memory(from)?.used ?? 0) * slots.length) / (entries.get(from)?.slots.length || 1);
  for (const { id } of ownersOrTargets(cluster, moves)) {
    const { used, most } = memory(id) ?? {};
    if (used === undefined || most === undefined) continue;
    const more = moves.filter(({ to }) => to === id).reduce((sum, move) => sum + sizeOf(move), 0);
    if (used + more <= most) continue;
    return {
      why: `${nameIn(cluster, id)} has ${mib(used)} of ${mib(most)} in use, and would get about ${mib(more)} more with its slots`,
      todo: 'Give servers more memory, let more shards stay, or delete keys.',
    };
  }
  return undefined;
}

function ownersOrTargets({ entries }: Cluster, moves: readonly SlotMove[]): Entry[] {
  const ids = new Set(moves.map(({ to }) => to));
  return [...entries.values()].filter(({ id }) => ids.has(id));
}

const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
