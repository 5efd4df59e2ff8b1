import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { join } from 'node:path';
import type { Session } from '../writing';

const PREFIX = '/witness/';
const REQUEST_MS = 4_000;
/** Far longer than any case keeps the cluster from electing a leader; it is kept alive all the same. */
const LEASE_SECONDS = 600;
const KEEP_ALIVE_MS = 5_000;
const PAGE = 500;

/** Where the cluster is, and who asks. */
export interface Place {
  /** `http://host:port` or `https://host:port` */
  readonly endpoint: string;
  readonly username?: string;
  readonly password?: string;
  /** Directory with ca.crt, and tls.crt and tls.key where a certificate is to be shown. */
  readonly keys?: string;
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const keyOf = (record: number): string => `${PREFIX}${String(record).padStart(9, '0')}`;
const contentOf = (record: number): string => `record ${record} `.padEnd(100, '.');

/** Requests of one connection to whichever member the Service has chosen. */
class Connection {
  private readonly agent: http.Agent;
  private token: string | undefined;

  constructor(private readonly place: Place) {
    const options = { keepAlive: true, maxSockets: 4 };
    this.agent = place.endpoint.startsWith('https:')
      ? new https.Agent({ ...options, ...keysIn(place.keys) })
      : new http.Agent(options);
  }

  async open(): Promise<void> {
    const { username: name, password } = this.place;
    if (name === undefined) return;
    this.token = (await this.call<{ token: string }>('/v3/auth/authenticate', { name, password })).token;
  }

  call<T>(path: string, body: object): Promise<T> {
    const { agent, place, token } = this;
    const { request } = place.endpoint.startsWith('https:') ? https : http;
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(REQUEST_MS);
      const headers = { 'content-type': 'application/json', ...(token && { authorization: token }) };
      const asked = request(
        new URL(path, place.endpoint),
        { agent, headers, method: 'POST', signal },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('error', reject);
          answer.on('end', () => {
            if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
            else reject(new Error(`${path}: ${answer.statusCode} ${text.slice(0, 200)}`));
          });
        },
      );
      asked.on('error', reject);
      asked.end(JSON.stringify(body));
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function keysIn(directory: string | undefined): https.AgentOptions {
  if (!directory) return {};
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((name) => readFileSync(join(directory, name)));
  return { ca, cert, key };
}

/**
 * Writes each record by a transaction that demands that nobody has written it before, under a lease that is kept alive.
 * A lease that is lost takes everything with it that was written under it, which then counts as lost.
 */
export async function openEtcd(place: Place): Promise<Session> {
  const connection = new Connection(place);
  await connection.open();
  const { ID } = await connection.call<{ ID: string }>('/v3/lease/grant', { TTL: LEASE_SECONDS });
  // The lease outlives the connection: what was written under it is read back at the end.
  const alive = setInterval(() => void keepAlive(place, ID), KEEP_ALIVE_MS);
  alive.unref();
  return {
    write: async (record) => {
      const key = encoded(keyOf(record));
      const { succeeded } = await connection.call<{ succeeded?: boolean }>('/v3/kv/txn', {
        compare: [{ target: 'CREATE', key, result: 'EQUAL', createRevision: '0' }],
        success: [{ requestPut: { key, value: encoded(contentOf(record)), lease: ID } }],
        failure: [],
      });
      if (!succeeded) throw new Error(`record ${record} was there already`);
    },
    readAll: () => readAll(connection),
    close: async () => connection.close(),
  };
}

async function keepAlive(place: Place, ID: string): Promise<void> {
  const connection = new Connection(place);
  try {
    await connection.open();
    await connection.call('/v3/lease/keepalive', { ID });
  } catch {
    // It lasts long enough for many attempts.
  } finally {
    connection.close();
  }
}

/** Writes the same key over and over until the cluster refuses to take any more, and gives its words. */
export async function fill(place: Place): Promise<string> {
  const connection = new Connection(place);
  await connection.open();
  try {
    const value = Buffer.alloc(1_000_000, 'x').toString('base64');
    for (;;) await connection.call('/v3/kv/put', { key: encoded('/filler'), value });
  } catch (error) {
    return (error as Error).message;
  } finally {
    connection.close();
  }
}

async function readAll(connection: Connection): Promise<Set<number>> {
  const found = new Set<number>();
  for (let from = PREFIX; ; ) {
    const { kvs = [], more } = await connection.call<{
      kvs?: { key: string; value: string }[];
      more?: boolean;
    }>('/v3/kv/range', { key: encoded(from), range_end: encoded('/witness0'), limit: PAGE });
    for (const { key, value } of kvs) {
      const record = Number(Buffer.from(key, 'base64').toString().slice(PREFIX.length));
      if (Buffer.from(value, 'base64').toString() === contentOf(record)) found.add(record);
    }
    if (!more) return found;
    from = `${Buffer.from(kvs[kvs.length - 1].key, 'base64').toString()}\0`;
  }
}
