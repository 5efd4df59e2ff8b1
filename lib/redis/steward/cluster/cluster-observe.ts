import { parseClusterNodes } from '../../wire/cluster-nodes';
import { parseInfo } from '../../wire/info';
import { text } from '../../wire/reply';
import type { Redis, Reply } from '../../wire/types';
import type { KnownNode, NodeMemory, NodeView } from './cluster-facts';

/** What a node says of the cluster, before its keys were looked at. */
export type BareView = Omit<NodeView, 'strays'>;

/**
 * What a node says of the cluster.
 * @throws Error where it refuses, or does not answer
 */
export async function viewOf(redis: Redis): Promise<BareView> {
  return readView(
    await redis.pipeline([
      ['CLUSTER', 'INFO'],
      ['CLUSTER', 'NODES'],
    ]),
  );
}

/** That, and how full it is. */
export async function viewAndMemoryOf(redis: Redis): Promise<{ view: BareView; memory?: NodeMemory }> {
  const [info, nodes, memory] = await redis.pipeline([
    ['CLUSTER', 'INFO'],
    ['CLUSTER', 'NODES'],
    ['INFO', 'memory'],
  ]);
  return { view: readView([info, nodes]), memory: memoryIn(parseInfo(text(given(memory)))) };
}

function readView([info, nodes]: readonly (Reply | Error)[]): BareView {
  const state = parseInfo(text(given(info)));
  const { myself, nodes: known, migrating, importing } = parseClusterNodes(text(given(nodes)));
  return {
    id: myself.id,
    currentEpoch: Number(state.get('cluster_current_epoch') ?? 0),
    ok: state.get('cluster_state') === 'ok',
    nodes: known,
    migrating,
    importing,
  };
}

/** The reply of a command in a pipeline. @throws where there is an error instead */
export function given(reply: Reply | Error | undefined): Reply {
  if (reply instanceof Error) throw reply;
  return reply ?? null;
}

/** Limits count where writes are refused at them, and not where keys are evicted. */
export function memoryIn(info: ReadonlyMap<string, string>): NodeMemory | undefined {
  const used = Number(info.get('used_memory_dataset'));
  if (!Number.isFinite(used)) return undefined;
  const most = Number(info.get('maxmemory') ?? 0);
  const limited = most > 0 && info.get('maxmemory_policy') === 'noeviction';
  return { used, ...(limited && { most }) };
}

/** What a node says of itself. */
export function ownEntry({ id, nodes }: Pick<NodeView, 'id' | 'nodes'>): KnownNode {
  const own = nodes.find((node) => node.id === id);
  if (!own) throw new Error(`node ${id} does not say what it is itself`);
  return own;
}
