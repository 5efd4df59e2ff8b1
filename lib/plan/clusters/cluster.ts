import { stewardName } from '../../steward/settings';
import type { ClusterChange } from '.';
import { Report } from './report';
import { type Json, type Side, sideOf } from './side';

/** A cluster before and after, as rules look at it. */
export interface Cluster extends ClusterChange {
  readonly was: Side;
  readonly is: Side;
  readonly report: Report;
}

/** Reads both sides of a change. */
export function clusterOf(change: ClusterChange): Cluster {
  const { name, namespace, before, after, changes } = change;
  return {
    ...change,
    was: sideOf(before, name, namespace),
    is: sideOf(after, name, namespace),
    report: new Report(changes),
  };
}

/** Who votes: the members of an ensemble, or Kafka's controllers. */
export interface Voters {
  /** Name of their StatefulSet. */
  readonly set: string;
  readonly what: 'member' | 'controller';
  readonly before: readonly Member[];
  readonly after: readonly Member[];
}

export interface Member {
  readonly id: number;
  readonly votes: boolean;
}

/** The members that vote; undefined for Redis, and for a Kafka cluster without controllers of their own. */
export function votersOf({ system, name, was, is }: Cluster): Voters | undefined {
  if (system === 'redis') return undefined;
  if (system !== 'kafka') {
    return { set: name, what: 'member', before: membersIn(was.gate), after: membersIn(is.gate) };
  }
  const set = `${name}-controller`;
  if (!was.sets.has(set) && !is.sets.has(set)) return undefined;
  return { set, what: 'controller', before: controllersIn(was.gate), after: controllersIn(is.gate) };
}

function membersIn({ members = [] }: Json): Member[] {
  return (members as { id: number; role?: string }[]).map(({ id, role }) => ({
    id,
    votes: role !== 'observer',
  }));
}

function controllersIn({ controllers, founders = [] }: Json): Member[] {
  return ((controllers ?? founders) as { id: number }[]).map(({ id }) => ({ id, votes: true }));
}

/** `StatefulSet shop/etcd` and the like of this cluster. */
export function titled({ namespace }: Pick<Cluster, 'namespace'>, kind: string, name: string): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

/** A setting of gates, as effects name it. */
export const inGate = (cluster: Cluster, key: string) => ({
  object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
  field: `data[gate.json].${key}`,
  from: cluster.was.gate[key],
  to: cluster.is.gate[key],
});

/** Where the steward is told something, as effects name it. */
export const inSteward = (cluster: Cluster, key: string) => ({
  object: titled(cluster, 'Deployment', stewardName(cluster.name)),
  field: `SETTINGS.${key}`,
});

/** Entries of lists that have a key, before and after, by it. */
export function compared<T>(
  before: readonly T[] | undefined,
  after: readonly T[] | undefined,
  keyOf: (entry: T) => string | number,
): { came: T[]; went: T[]; stayed: (readonly [T, T])[] } {
  const old = new Map((before ?? []).map((entry) => [keyOf(entry), entry]));
  const now = new Map((after ?? []).map((entry) => [keyOf(entry), entry]));
  return {
    came: [...now].flatMap(([key, entry]) => (old.has(key) ? [] : [entry])),
    went: [...old].flatMap(([key, entry]) => (now.has(key) ? [] : [entry])),
    stayed: [...now].flatMap(([key, entry]) => {
      const before = old.get(key);
      return before === undefined ? [] : [[before, entry] as const];
    }),
  };
}

/** Whether two values of JSON are the same, in whatever order their keys are. */
export function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, each) =>
      each && typeof each === 'object' && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ) ?? 'undefined'
  );
}
