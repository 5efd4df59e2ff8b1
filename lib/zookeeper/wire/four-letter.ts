import * as net from 'node:net';
import * as tls from 'node:tls';
import { type Membership, parseMembership } from './servers';

export { formatServer, type Membership, parseMembership, parseServers, type ServerEntry } from './servers';

/** Where a server takes clients. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** Given when the port speaks TLS. */
  readonly tls?: tls.ConnectionOptions;
}

/** What `srvr` tells of a server. */
export interface Srvr {
  readonly version: string;
  readonly mode: 'leader' | 'follower' | 'observer' | 'standalone' | 'read-only';
  readonly zxid: bigint;
  readonly connections: number;
  readonly outstanding: number;
  readonly nodeCount: number;
}

/** What `conf` tells of a server: settings by name, and the ensemble as this server knows it. */
export interface Conf extends Membership {
  readonly settings: ReadonlyMap<string, string>;
}

const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests';
const MODES: readonly string[] = ['leader', 'follower', 'observer', 'standalone', 'read-only'];

/**
 * Asks a server with a four letter word and gives its answer. Rejects when the server cannot be reached, does
 * not answer in time, cuts the answer short, or does not allow the word.
 */
export function fourLetterWord(address: ServerAddress, word: string, timeoutMs: number): Promise<string> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = address.tls ? tls.connect({ ...address.tls, host, port }) : net.connect({ host, port });
    const fail = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Error(`${word} to ${host}:${port}: ${why}`, { cause }));
    };
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.on(address.tls ? 'secureConnect' : 'connect', () => socket.write(word));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error) => fail(error.message, error));
    socket.on('close', () => fail('connection closed'));
    // Only an orderly end says that the answer is whole: it carries no length.
    socket.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (text.includes('is not executed because it is not in the whitelist')) return fail(text.trim());
      clearTimeout(timer);
      resolve(text);
    });
  });
}

/** Answer of `srvr`; undefined when the server is not serving. */
export function parseSrvr(text: string): Srvr | undefined {
  if (!isServing(text)) return undefined;
  const values = pairs(text, ': ');
  const mode = values.get('Mode');
  const zxid = values.get('Zxid');
  if (!isMode(mode) || !zxid) throw new Error(`srvr: no mode or zxid in ${JSON.stringify(text)}`);
  return {
    version: values.get('Zookeeper version') ?? '',
    mode,
    zxid: BigInt(zxid),
    connections: Number(values.get('Connections')),
    outstanding: Number(values.get('Outstanding')),
    nodeCount: Number(values.get('Node count')),
  };
}

/** What a server tells of itself; undefined when it does not serve or cannot be asked. */
export function askSrvr(address: ServerAddress, timeoutMs: number): Promise<Srvr | undefined> {
  return fourLetterWord(address, 'srvr', timeoutMs).then(parseSrvr, () => undefined);
}

/**
 * Answer of `conf`; undefined when the server is not serving. A server that stands alone has no servers and no
 * version.
 */
export function parseConf(text: string): Conf | undefined {
  if (!isServing(text)) return undefined;
  const [settings, membership = ''] = text.split(/^membership:.*$/m);
  return { settings: pairs(settings, '='), ...parseMembership(membership) };
}

// A server that is starting may also close the connection without a word.
function isServing(text: string): boolean {
  return text.trim() !== '' && !text.includes(NOT_SERVING);
}

function isMode(word: string | undefined): word is Srvr['mode'] {
  return word !== undefined && MODES.includes(word);
}

function pairs(text: string, separator: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(separator);
    if (at > 0) found.set(line.slice(0, at).trim(), line.slice(at + separator.length).trim());
  }
  return found;
}
