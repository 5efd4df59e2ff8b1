import { parseClusterNodes } from '../../wire/cluster-nodes';

/** What a node was when it last ran. */
export interface LastRun {
  readonly id: string;
  readonly role: 'master' | 'replica';
  /** Slots that it had. */
  readonly slots: number;
  /** Ids of those that replicated it. */
  readonly replicas: readonly string[];
  /** Everybody else that it knew, with the name that each has announced; empty: none. */
  readonly others: readonly { readonly id: string; readonly hostname: string }[];
}

/**
 * What a node was by its `nodes.conf`.
 * @throws Error where it is not one
 */
export function readNodesConf(text: string): LastRun {
  const { myself, nodes } = parseClusterNodes(text);
  const others = nodes.filter(({ id }) => id !== myself.id);
  return {
    id: myself.id,
    role: myself.role,
    slots: countSlots(myself.slots),
    replicas: others.filter(({ master }) => master === myself.id).map(({ id }) => id),
    others: others.map(({ id, hostname }) => ({ id, hostname })),
  };
}

/** How many slots these ranges are. */
export function countSlots(ranges: readonly (readonly [number, number])[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/**
 * `nodes.conf` with the present address of each node in place of the one that it had when this one last ran: a server looks
 * for the others where they were, and when all have moved at once, nobody would find anybody.
 * @param ip address of this node
 * @param addresses of names that others have announced; where one is missing, what is there stays
 */
export function withAddresses(text: string, ip: string, addresses: ReadonlyMap<string, string>): string {
  return text
    .split('\n')
    .map((line) => {
      const [id, endpoint = '', flags = '', ...rest] = line.split(' ');
      const own = flags.split(',').includes('myself');
      const present = own ? ip : addresses.get(endpoint.split(',')[1] ?? '');
      return present ? [id, moved(endpoint, present), flags, ...rest].join(' ') : line;
    })
    .join('\n');
}

/** `ip:port@cport[,hostname[,key=value...]]` with another address; one that is not known has port 0, and stays so. */
function moved(endpoint: string, ip: string): string {
  const [, ports, rest] = /^[^,]*?(:[1-9]\d*(?:@\d+)?)(,.*)?$/.exec(endpoint) ?? [];
  return ports ? `${ip}${ports}${rest ?? ''}` : endpoint;
}
