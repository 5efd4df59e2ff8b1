import * as net from 'node:net';
import * as tls from 'node:tls';
import { FrameReader, frame } from '../../steward/frames';
import { ZooKeeperError } from './errors';
import { JuteReader, JuteWriter } from './jute';
import { PendingRequests } from './pending';
import { OpCode } from './records';

// What jute.maxbuffer allows is 1 MiB by default.
const MAX_RECORD = 64 * 1024 * 1024;
// Requests have ids from 1; these are the ids of packets outside of that order.
const NOTIFICATION = -1;
const PING = -2;
const AUTH = -4;

/** How a connection is opened. */
export interface ConnectionOptions {
  readonly server: { readonly host: string; readonly port: number };
  readonly tls?: tls.ConnectionOptions;
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** A request; `what` names it in errors. */
export interface Request {
  readonly op: number;
  readonly what: string;
  readonly body?: JuteWriter;
  readonly timeoutMs: number;
}

/** One socket to one server and the session on it: requests and their replies, pings, and the end of it. */
export class Connection {
  /** Resolves with the reason once the connection is gone. */
  readonly closed: Promise<ZooKeeperError>;
  sessionId = 0n;
  /** As the server granted it. */
  sessionTimeoutMs = 0;

  private readonly frames = new FrameReader('ZooKeeper', MAX_RECORD);
  private readonly pending = new PendingRequests();
  private resolveClosed!: (reason: ZooKeeperError) => void;
  private onSession: ((record: Buffer) => void) | undefined;
  private pings: NodeJS.Timeout | undefined;
  private lastXid = 0;
  private lastHeard = 0;
  private reason: ZooKeeperError | undefined;

  private constructor(
    private readonly socket: net.Socket,
    private readonly peer: string,
  ) {
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve));
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) =>
      this.fail(new ZooKeeperError('ConnectionLoss', error.message, { cause: error })),
    );
    socket.on('close', () =>
      this.fail(new ZooKeeperError('ConnectionLoss', `${peer} closed the connection`)),
    );
  }

  /** Connects and begins a session; rejects when that did not happen in time. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { host, port } = options.server;
    const socket = options.tls ? tls.connect({ ...options.tls, host, port }) : net.connect({ host, port });
    const connection = new Connection(socket, `${host}:${port}`);
    const late = `no session within ${Math.round(options.connectTimeoutMs)} ms`;
    const giveUp = () => connection.fail(new ZooKeeperError('ConnectionLoss', late));
    const timer = setTimeout(giveUp, options.connectTimeoutMs);
    const session = new Promise<Buffer>((resolve) => (connection.onSession = resolve));
    socket.once(options.tls ? 'secureConnect' : 'connect', () => {
      socket.write(frame(sessionRequest(options.sessionTimeoutMs)));
    });
    try {
      const record = await Promise.race([session, connection.closed]);
      if (record instanceof ZooKeeperError) throw record;
      connection.begin(new JuteReader(record));
      return connection;
    } catch (error) {
      connection.fail(new ZooKeeperError('ConnectionLoss', 'no session', { cause: error }));
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Sends a request and gives the body of the reply. When none comes in time, the connection is given up: what
   * comes later could not be told from what was asked later.
   */
  request({ op, what, body, timeoutMs }: Request): Promise<JuteReader> {
    if (this.reason) {
      return Promise.reject(
        new ZooKeeperError('ConnectionLoss', `${what}: not sent`, { cause: this.reason }),
      );
    }
    const xid = op === OpCode.auth ? AUTH : ++this.lastXid;
    return new Promise((resolve, reject) => {
      this.pending.add({ xid, what, resolve, reject }, timeoutMs, () => {
        const late = new ZooKeeperError('OperationTimeout', `${what}: no reply within ${timeoutMs} ms`);
        this.pending.take(xid)?.reject(late);
        this.fail(new ZooKeeperError('ConnectionLoss', `given up: ${late.message}`));
      });
      this.send(xid, op, body);
    });
  }

  /** Ends the connection at once; the session lives on until it expires, unless it was closed before. */
  fail(reason: ZooKeeperError): void {
    if (this.reason) return;
    this.reason = reason;
    clearInterval(this.pings);
    this.socket.destroy();
    this.pending.rejectAll(reason);
    this.resolveClosed(reason);
  }

  private begin(reply: JuteReader): void {
    reply.int(); // protocol version
    this.sessionTimeoutMs = reply.int();
    this.sessionId = reply.long();
    if (this.sessionTimeoutMs <= 0)
      throw new ZooKeeperError('SessionExpired', `${this.peer} refused the session`);
    this.pings = setInterval(() => this.ping(), this.sessionTimeoutMs / 3);
  }

  // Gives up before the session can have expired, so that who holds an ephemeral node learns it in time.
  private ping(): void {
    const silentMs = performance.now() - this.lastHeard;
    if (silentMs < this.sessionTimeoutMs * 0.6) {
      this.send(PING, OpCode.ping);
    } else {
      this.fail(new ZooKeeperError('ConnectionLoss', `${this.peer} silent for ${Math.round(silentMs)} ms`));
    }
  }

  private send(xid: number, op: number, body?: JuteWriter): void {
    const header = new JuteWriter().int(xid).int(op).bytes();
    this.socket.write(frame(body ? Buffer.concat([header, body.bytes()]) : header));
  }

  private receive(chunk: Buffer): void {
    this.lastHeard = performance.now();
    try {
      for (const record of this.frames.push(chunk)) this.dispatch(record);
    } catch (error) {
      this.fail(new ZooKeeperError('MarshallingError', String(error), { cause: error }));
    }
  }

  private dispatch(record: Buffer): void {
    if (this.onSession) {
      this.onSession(record);
      this.onSession = undefined;
      return;
    }
    const reader = new JuteReader(record);
    const xid = reader.int();
    reader.long(); // zxid
    const error = reader.int();
    if (xid === NOTIFICATION || xid === PING) return;
    const call = this.pending.take(xid);
    if (!call) throw new Error(`reply to ${xid}, which was not asked`);
    if (error === 0) {
      call.resolve(reader);
      return;
    }
    const failure = ZooKeeperError.of(error, call.what);
    call.reject(failure);
    if (failure.code === 'SessionExpired') this.fail(failure);
  }
}

function sessionRequest(timeoutMs: number): Buffer {
  const writer = new JuteWriter().int(0).long(0n).int(timeoutMs).long(0n);
  // The last field refuses a server that is cut off from its ensemble and would serve reads only.
  return writer.buffer(Buffer.alloc(16)).boolean(false).bytes();
}
