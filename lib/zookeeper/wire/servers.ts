/** One server of an ensemble, as a line of the dynamic configuration tells it. */
export interface ServerEntry {
  readonly id: number;
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
  readonly role: 'participant' | 'observer';
  /** Where it takes clients; the server refuses to let a server join without it. */
  readonly client?: { readonly host: string; readonly port: number };
}

/** A dynamic configuration: who belongs to the ensemble, and the zxid that made it so. */
export interface Membership {
  readonly servers: readonly ServerEntry[];
  /** Undefined when the text has none: a file written by hand, or a server that stands alone. */
  readonly version: bigint | undefined;
}

const ANY_HOST = '0.0.0.0';
const HOST = String.raw`(?:\[([^\]]+)\]|([^:;|\[\]\s]+))`;
const SERVER = new RegExp(String.raw`^${HOST}:(\d+):(\d+)(?::(\w+))?(?:;(?:${HOST}:)?(\d+))?$`);

/** The servers in a dynamic configuration; other lines are skipped, a server line it cannot read is thrown. */
export function parseServers(text: string): ServerEntry[] {
  return assignments(text).flatMap(([key, value]) => {
    const id = /^server\.(\d+)$/.exec(key)?.[1];
    return id === undefined ? [] : [parseServer(Number(id), value)];
  });
}

/** The servers and the version in a dynamic configuration. */
export function parseMembership(text: string): Membership {
  const version = assignments(text).find(([key]) => key === 'version')?.[1];
  if (version !== undefined && !/^[0-9a-f]+$/i.test(version)) {
    throw new Error(`dynamic configuration: version ${version} is not hexadecimal`);
  }
  return { servers: parseServers(text), version: version === undefined ? undefined : BigInt(`0x${version}`) };
}

/** The line of a server in a dynamic configuration, without line end. */
export function formatServer(entry: ServerEntry): string {
  const { id, host, quorumPort, electionPort, role, client } = entry;
  const server = `server.${id}=${bracketed(host)}:${quorumPort}:${electionPort}:${role}`;
  if (!client) return server;
  return `${server};${client.host === ANY_HOST ? '' : `${bracketed(client.host)}:`}${client.port}`;
}

function parseServer(id: number, value: string): ServerEntry {
  const match = SERVER.exec(value.replace(/\s+/g, ''));
  // Several addresses of one server (host:port:port|host:port:port) have no place in an entry.
  if (!match) throw new Error(`dynamic configuration: cannot read server.${id}=${value}`);
  const [, host6, host4, quorumPort, electionPort, role, client6, client4, clientPort] = match;
  return {
    id,
    host: host6 ?? host4,
    quorumPort: Number(quorumPort),
    electionPort: Number(electionPort),
    role: parseRole(role ?? 'participant'),
    ...(clientPort && { client: { host: client6 ?? client4 ?? ANY_HOST, port: Number(clientPort) } }),
  };
}

function parseRole(word: string): ServerEntry['role'] {
  const role = word.toLowerCase();
  if (role === 'participant' || role === 'observer') return role;
  throw new Error(`dynamic configuration: a server is participant or observer, not ${word}`);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function assignments(text: string): [key: string, value: string][] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*([\w.]+)\s*=\s*(.*?)\s*$/.exec(line);
    return match ? [[match[1], match[2]]] : [];
  });
}
