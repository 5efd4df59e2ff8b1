import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Disk, Peer } from '../../steward/gate';
import { whyUnreachable } from '../../steward/reach';
import { type Membership, parseConf } from '../wire/four-letter';

/** What one gate tells another. */
export interface Greeting {
  readonly cluster: string;
  readonly id: number;
  /** Two gates that were told different founders must not found anything together. */
  readonly founders: readonly number[];
  readonly disk: Disk['state'];
  /** What it waits for. */
  readonly says?: string;
}

/** What a peer answered; of a serving one also its membership. */
export interface Answer {
  readonly peer: Peer;
  readonly membership?: Membership;
  /** Of a gate, what it waits for. */
  readonly says?: string;
}

/** Where a peer is asked, and who should be there. */
export interface PeerAddress {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly tls?: tls.ConnectionOptions;
}

const WORD = 'conf';
const GATE = 'gate ';
/** Far more than the longest answer: 255 members and all settings. */
const LIMIT = 256 * 1024;
const GREETING_MS = 5_000;
const SAYS_LIMIT = 2_000;
const STATES: readonly string[] = ['empty', 'founding', 'data', 'lost', 'foreign'] satisfies Disk['state'][];

/** Why a gate cannot deal with one that greets it so; undefined when it can. */
export function strangeness(
  own: Pick<Greeting, 'cluster' | 'founders'>,
  other: Greeting,
): string | undefined {
  if (other.cluster !== own.cluster) return `it belongs to ${other.cluster}`;
  if (other.founders.join() !== own.founders.join()) {
    return `it was told other founders (${other.founders.join(', ')})`;
  }
  return undefined;
}

/**
 * Asks a peer on its client port with the word `conf`. A server answers with its configuration and closes; a gate
 * answers with a greeting, waits for ours, and says `ok` when it has noted it. Who asks without a greeting is no peer,
 * and nothing is noted.
 */
export function ask(
  address: PeerAddress,
  greeting: Greeting | undefined,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve) => {
    const { host, port } = address;
    const socket = address.tls ? tls.connect({ ...address.tls, host, port }) : net.connect({ host, port });
    let text = '';
    let answered: Greeting | undefined;
    const finish = (answer: Answer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const silent = (reason: string): void => finish({ peer: { state: 'silent', reason } });
    const timer = setTimeout(() => silent(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.setEncoding('utf8');
    socket.on(address.tls ? 'secureConnect' : 'connect', () => socket.write(WORD));
    socket.on('error', (error) => silent(whyUnreachable(error)));
    socket.on('data', (chunk: string) => {
      if (socket.destroyed) return;
      text += chunk;
      if (text.length > LIMIT) return silent('it answers without end');
      if (!text.startsWith(GATE)) return;
      const lines = text.split('\n');
      if (lines.length < 2) return;
      if (!answered) {
        answered = readGreeting(lines[0].slice(GATE.length));
        if (!answered) return silent('its answer cannot be read');
        if (answered.id !== address.id) return silent(`it is member ${answered.id}`);
        if (!greeting) return finish({ peer: { state: 'gate', disk: answered.disk }, says: answered.says });
        const strange = strangeness(greeting, answered);
        if (strange) return silent(strange);
        socket.write(`${JSON.stringify(greeting)}\n`);
      }
      if (lines.length < 3) return;
      if (lines[1] !== 'ok') return silent(`its gate says: ${lines[1].slice(0, 200)}`);
      finish({ peer: { state: 'gate', disk: answered.disk } });
    });
    socket.on('end', () =>
      text.startsWith(GATE) ? silent('its gate closed the connection') : finish(readServer(text)),
    );
    socket.on('close', () => silent('it closed the connection'));
  });
}

/** What a server's whole answer says; anything that is not one says nothing about the cluster. */
function readServer(text: string): Answer {
  const silent = (reason: string): Answer => ({ peer: { state: 'silent', reason } });
  if (text.trim() === '') return silent('it closed the connection');
  try {
    const conf = parseConf(text);
    if (!conf) return { peer: { state: 'waiting' } };
    if (conf.version !== undefined && conf.servers.length > 0) {
      const members = conf.servers.map((server) => server.id);
      return {
        peer: { state: 'serving', version: conf.version, members },
        membership: { servers: conf.servers, version: conf.version },
      };
    }
  } catch {
    // Told below.
  }
  return silent(`it answered ${JSON.stringify(text.slice(0, 80))}, which is no configuration`);
}

function readGreeting(line: string): Greeting | undefined {
  try {
    const { cluster, id, founders, disk, says } = JSON.parse(line) as Partial<Greeting>;
    if (typeof cluster !== 'string' || !Number.isInteger(id) || !STATES.includes(disk as string))
      return undefined;
    if (!Array.isArray(founders) || !founders.every((founder) => Number.isInteger(founder))) return undefined;
    const told = typeof says === 'string' ? { says: says.slice(0, SAYS_LIMIT) } : {};
    return { cluster, id: id as number, founders, disk: disk as Disk['state'], ...told };
  } catch {
    return undefined;
  }
}

/**
 * Answers peers while this gate waits. `heard` gets the greeting of each and notes it before it returns, or gives the
 * reason why it does not.
 */
export function listen(
  address: { readonly port: number; readonly host?: string; readonly tls?: tls.TlsOptions },
  greeting: () => Greeting,
  heard: (greeting: Greeting) => string | undefined,
): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const serve = (socket: net.Socket) => {
    let text = '';
    let greeted = false;
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      text += chunk;
      // Anybody else, such as a client that found the address, is told nothing.
      const prefix = text.slice(0, WORD.length);
      if (text.length > LIMIT || !WORD.startsWith(prefix)) return void socket.destroy();
      if (text.length < WORD.length) return;
      if (!greeted) {
        greeted = true;
        socket.write(`${GATE}${JSON.stringify(greeting())}\n`);
      }
      const end = text.indexOf('\n');
      if (end < 0 || socket.writableEnded) return;
      const theirs = readGreeting(text.slice(WORD.length, end));
      socket.end(`${theirs ? (heard(theirs) ?? 'ok') : 'the greeting cannot be read'}\n`);
    });
  };
  const server = address.tls ? tls.createServer(address.tls, serve) : net.createServer(serve);
  server.on('tlsClientError', () => undefined);
  // The raw connection, so that one which never finishes its TLS handshake is known, too.
  server.on('connection', (socket: net.Socket) => {
    const timer = setTimeout(() => socket.destroy(), GREETING_MS);
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      sockets.delete(socket);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: address.port, host: address.host }, () =>
      resolve({
        close: () =>
          new Promise((closed) => {
            // Those that are in the middle of a greeting may finish it.
            const timer = setTimeout(() => {
              for (const socket of sockets) socket.destroy();
            }, 500);
            server.close(() => {
              clearTimeout(timer);
              closed();
            });
          }),
      }),
    );
  });
}
