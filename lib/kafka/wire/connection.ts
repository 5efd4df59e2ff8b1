import * as net from 'node:net';
import { connectTls } from '../../steward/connect-tls';
import { FrameReader, frame } from '../../steward/frames';
import { Reader, Writer } from './codec';
import { isKafkaError, refusal } from './errors';
import { ApiVersions, SaslAuthenticate, SaslHandshake } from './messages/session';
import { authenticate } from './sasl';
import { type Api, decode, encode, type Struct, type ValueOf } from './schema';
import { type Address, KafkaError, type Login, type Transport } from './types';

const CLIENT_ID = 'cdk8s-stateful';
// The metadata of 100 000 partitions has about 10 MB.
const MAX_RECORD = 256 * 1024 * 1024;

interface Pending {
  readonly what: string;
  readonly resolve: (reply: Buffer) => void;
  readonly reject: (error: KafkaError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One socket to one server, and who it is logged in as. Several requests may be under way at a time. What is not answered in
 * time ends the connection, since a server answers in turn.
 */
export class Connection {
  /** Until when the login is good, by `performance.now()`. */
  private loginEnds = Number.POSITIVE_INFINITY;
  private readonly frames = new FrameReader('Kafka', MAX_RECORD);
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private retired = false;
  private reason: KafkaError | undefined;

  private constructor(
    private readonly socket: net.Socket,
    private readonly peer: string,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.fail('NETWORK_EXCEPTION', error.message));
    socket.on('close', () => this.fail('NETWORK_EXCEPTION', 'the server closed the connection'));
  }

  /** Connects and logs in; what rejects with BROKER_NOT_AVAILABLE was never asked of anybody. */
  static async open(address: Address, transport: Transport, timeoutMs: number): Promise<Connection> {
    const { host, port } = address;
    const deadline = performance.now() + timeoutMs;
    const servername = net.isIP(host) ? undefined : host;
    const socket = transport.tls
      ? connectTls({ ...transport.tls, host, port, servername })
      : net.connect({ host, port });
    const connection = new Connection(socket, `${host}:${port}`);
    await connection.connected(transport.tls ? 'secureConnect' : 'connect', timeoutMs);
    try {
      if (transport.login) await connection.login(transport.login, deadline);
    } catch (error) {
      connection.close();
      if (!isKafkaError(error, 'NETWORK_EXCEPTION', 'REQUEST_TIMED_OUT')) throw error;
      throw new KafkaError('BROKER_NOT_AVAILABLE', error.message);
    }
    return connection;
  }

  /** Whether more can be asked. */
  get usable(): boolean {
    return !this.reason && !this.retired && performance.now() < this.loginEnds;
  }

  /** Sends a request and gives the reply, whatever errors that reports. */
  request<Q extends Struct, R extends Struct>(
    api: Api<Q, R>,
    body: ValueOf<NoInfer<Q>>,
    timeoutMs: number,
  ): Promise<ValueOf<R>> {
    return this.send(api, body, timeoutMs) as Promise<ValueOf<R>>;
  }

  /** Ends the connection once everything under way is answered; no more can be asked. */
  retire(): void {
    this.retired = true;
    if (this.pending.size === 0) this.close();
  }

  /** Ends the connection; what was under way is rejected. */
  close(): void {
    this.fail('NETWORK_EXCEPTION', 'closed');
  }

  private async send(api: Api, body: unknown, timeoutMs: number): Promise<unknown> {
    if (this.reason) throw this.failure('BROKER_NOT_AVAILABLE', api.name, this.reason.message);
    const id = ++this.lastId;
    const reply = await new Promise<Buffer>((resolve, reject) => {
      const late = () => this.fail('REQUEST_TIMED_OUT', `no reply within ${Math.round(timeoutMs)} ms`);
      this.pending.set(id, { what: api.name, resolve, reject, timer: setTimeout(late, timeoutMs) });
      this.socket.write(frame(Buffer.concat([header(api, id), encode(api.request, body, api.flexible)])));
    });
    try {
      return decode(api.response, reply.subarray(headerTags(api, reply)), api.flexible);
    } catch (error) {
      throw this.failure('UNKNOWN_SERVER_ERROR', api.name, `the reply cannot be read: ${error}`);
    }
  }

  private async connected(event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
    const late = setTimeout(() => this.socket.destroy(new Error('no connection in time')), timeoutMs);
    await new Promise<void>((resolve, reject) => {
      const refuse = () =>
        reject(new KafkaError('BROKER_NOT_AVAILABLE', this.reason?.message ?? `${this.peer}: not reached`));
      this.socket.once(event, () => resolve()).once('close', refuse);
    }).finally(() => clearTimeout(late));
  }

  private async login(login: Login, deadline: number): Promise<void> {
    const left = () => Math.max(1, deadline - performance.now());
    const check = (reply: object) => {
      const refused = refusal(`${this.peer}: ${login.mechanism} login of ${login.username}`, reply, []);
      if (refused) throw refused;
    };
    check(await this.request(SaslHandshake, { mechanism: login.mechanism }, left()));
    await authenticate(login, async (authBytes) => {
      const reply = await this.request(SaslAuthenticate, { authBytes }, left());
      check(reply);
      const { sessionLifetimeMs } = reply;
      if (sessionLifetimeMs > 0) this.loginEnds = performance.now() + sessionLifetimeMs * 0.8;
      return reply.authBytes;
    });
  }

  private fail(code: string, message: string): void {
    if (this.reason) return;
    this.reason = new KafkaError(code, `${this.peer}: ${message}`);
    this.socket.destroy();
    for (const { what, reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(this.failure(code, what, this.reason.message));
    }
    this.pending.clear();
  }

  private failure(code: string, what: string, message: string): KafkaError {
    return new KafkaError(code, `${what}: ${code}: ${message}`);
  }

  private receive(chunk: Buffer): void {
    try {
      for (const record of this.frames.push(chunk)) this.dispatch(record);
    } catch (error) {
      this.fail('NETWORK_EXCEPTION', String(error));
    }
  }

  private dispatch(record: Buffer): void {
    const id = record.readInt32BE();
    const call = this.pending.get(id);
    if (!call) throw new Error(`reply to ${id}, which was not asked`);
    this.pending.delete(id);
    clearTimeout(call.timer);
    call.resolve(record.subarray(4));
    if (this.retired) this.retire();
  }
}

/** Whether the server lets this login in; rejects where that cannot be known. */
export async function tryLogin(address: Address, transport: Transport): Promise<boolean> {
  try {
    (await Connection.open(address, transport, transport.timeoutMs)).close();
    return true;
  } catch (error) {
    if (isKafkaError(error, 'SASL_AUTHENTICATION_FAILED')) return false;
    throw error;
  }
}

// The client's id is never compact, not even in the header of flexible versions.
function header(api: Api, id: number): Buffer {
  const writer = new Writer(false);
  writer.int16(api.key);
  writer.int16(api.version);
  writer.int32(id);
  writer.string(CLIENT_ID);
  if (api.flexible) writer.uvarint(0);
  return writer.bytes();
}

// How long the tagged fields of a reply's header are. That of ApiVersions has none, so that any client can read it.
function headerTags(api: Api, reply: Buffer): number {
  if (!api.flexible || api.key === ApiVersions.key) return 0;
  const reader = new Reader(reply, true);
  for (let left = reader.uvarint(); left > 0; left--) {
    reader.uvarint();
    reader.raw(reader.uvarint());
  }
  return reply.length - reader.remaining;
}
