import type { Side } from './side';
import { count, list } from './words';

/** Servers of which one is the master. */
export interface Shard {
  /** Id of the shard of a Redis Cluster; 0 elsewhere. */
  readonly index: number;
  /** Name of the StatefulSet. */
  readonly set: string;
  readonly pods: readonly string[];
  /** Whether it is to be emptied. */
  readonly leaving: boolean;
}

/** Shards of a deployment of Redis, as gates and the steward are told of them. */
export function shardsOf({ gate, settings }: Side): Shard[] {
  const told: { index: number; leaving: boolean }[] = settings.shards ?? [];
  const shards = new Map<number, string[]>();
  for (const { pod, shard } of (gate.members ?? []) as { pod: string; shard: number }[])
    shards.set(shard, [...(shards.get(shard) ?? []), pod]);
  return [...shards].map(([index, pods]) => ({
    index,
    set: pods[0].replace(/-\d+$/, ''),
    pods,
    leaving: told.some((shard) => shard.index === index && shard.leaving),
  }));
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources?: { readonly limits?: { readonly memory?: string } };
}

/** The container of a server, which is the same in all of them. */
export function serverOf(side: Side): Container | undefined {
  const set = side.sets.get(shardsOf(side)[0]?.set ?? '');
  const containers: Container[] = set?.spec?.template?.spec?.containers ?? [];
  return containers.find(({ name }) => name === 'redis');
}

/** Pods of the Sentinels. */
export const sentinelsOf = ({ gate }: Side): string[] =>
  (gate.sentinel?.members ?? []).map(({ pod }: { pod: string }) => pod);

/** Whether a StatefulSet is that of the Sentinels. */
export function isSentinels({ gate }: Side, set: string): boolean {
  return sentinelsOf({ gate } as Side).some((pod) => pod.replace(/-\d+$/, '') === set);
}

/** `a server`, `3 servers and 3 Sentinels`, `3 shards of 2 servers each`. */
export function serversOf(side: Side): string {
  const shards = shardsOf(side);
  const sentinels = sentinelsOf(side).length;
  const each = count(shards[0]?.pods.length ?? 0, 'server');
  if (side.gate.topology === 'cluster') return `${count(shards.length, 'shard')} of ${each} each`;
  return list([each, ...(sentinels > 0 ? [count(sentinels, 'Sentinel')] : [])]);
}

/** How a deployment of a topology is called. */
export const SHAPES: Readonly<Record<string, string>> = {
  standalone: 'a single server',
  replication: 'a master with replicas and Sentinels',
  cluster: 'a Redis Cluster',
};
