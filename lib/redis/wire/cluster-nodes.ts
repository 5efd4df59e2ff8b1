import type { KnownNode, NodeView } from '../steward/cluster/cluster-facts';

/** A node with its port, which tells nodes of one host apart. */
export interface ListedNode extends KnownNode {
  readonly port: number;
}

/** What `CLUSTER NODES` says, or a node's `nodes.conf`. */
export interface NodeList extends Pick<NodeView, 'migrating' | 'importing'> {
  readonly myself: ListedNode;
  /** Everybody, `myself` included. */
  readonly nodes: readonly ListedNode[];
  /** Of `nodes.conf` only. */
  readonly currentEpoch?: number;
}

const MOVING = /^\[(\d+)-([<>])-([0-9a-f]+)\]$/;

/**
 * Reads `CLUSTER NODES` or `nodes.conf`. https://redis.io/docs/latest/commands/cluster-nodes/
 * @throws Error where a line is not of it, or none is of the node itself
 */
export function parseClusterNodes(text: string): NodeList {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const vars = lines.find((line) => line.startsWith('vars '));
  const entries = lines.filter((line) => line !== vars).map(parseLine);
  const myself = entries.find(({ flags }) => flags.includes('myself'));
  if (!myself) throw new Error('no line of CLUSTER NODES has the flag myself');
  const moving = myself.words.flatMap((word) => {
    const [, slot, arrow, id] = MOVING.exec(word) ?? [];
    return slot ? [{ slot: Number(slot), arrow, id }] : [];
  });
  const currentEpoch = /currentEpoch (\d+)/.exec(vars ?? '')?.[1];
  return {
    myself: myself.node,
    nodes: entries.map(({ node }) => node),
    migrating: moving.flatMap(({ slot, arrow, id }) => (arrow === '>' ? [{ slot, to: id }] : [])),
    importing: moving.flatMap(({ slot, arrow, id }) => (arrow === '<' ? [{ slot, from: id }] : [])),
    ...(currentEpoch === undefined ? {} : { currentEpoch: Number(currentEpoch) }),
  };
}

// id ip:port@cport[,hostname[,key=value...]] flags master ping-sent pong-received epoch link-state slot...
function parseLine(line: string): { node: ListedNode; flags: string[]; words: string[] } {
  const [id, address, flagWords, master, , , epoch, link, ...words] = line.split(' ');
  if (link === undefined || !/^[0-9a-f]{40}$/.test(id))
    throw new Error(`not a line of CLUSTER NODES: ${line}`);
  const flags = flagWords.split(',');
  const [endpoint, hostname = ''] = address.split(',');
  // The last colon: an address of IPv6 has others.
  const [, ip, port] = /^(.*):(\d+)(?:@\d+)?$/.exec(endpoint) ?? [];
  if (port === undefined) throw new Error(`not an address of CLUSTER NODES: ${address}`);
  const node: ListedNode = {
    id,
    ip,
    port: Number(port),
    hostname: hostname.includes('=') ? '' : hostname,
    role: flags.includes('slave') ? 'replica' : 'master',
    ...(master === '-' ? {} : { master }),
    failed: flags.includes('fail') ? 'yes' : flags.includes('fail?') ? 'suspected' : 'no',
    handshake: flags.includes('handshake'),
    linked: link === 'connected',
    epoch: Number(epoch),
    slots: words.filter((word) => word !== '' && !word.startsWith('[')).map(parseRange),
  };
  return { node, flags, words };
}

function parseRange(word: string): [number, number] {
  const [first, last = first] = word.split('-').map(Number);
  return [first, last];
}
