import * as net from 'node:net';
import { connectTls } from '../../steward/connect-tls';
import { type Address, whyUnreachable } from '../../steward/reach';
import { RedisError } from './errors';
import { encodeCommand, type Parsed, RespReader } from './resp';
import type { Transport, Word } from './types';

interface Pending {
  readonly what: string;
  readonly resolve: (reply: Parsed) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One socket to one server, logged in. A server answers in turn: what is not answered in time ends the connection, so that no
 * late reply is taken for that of another command.
 */
export class Connection {
  /** Whether it is connected and logged in; rejects where that fails. */
  readonly ready: Promise<void>;
  private readonly socket: net.Socket;
  private readonly reader = new RespReader();
  private readonly pending: Pending[] = [];
  private timer: NodeJS.Timeout | undefined;
  private reason: Error | undefined;

  constructor(
    { host, port }: Address,
    private readonly transport: Transport,
  ) {
    const servername = net.isIP(host) ? undefined : host;
    this.socket = transport.tls
      ? connectTls({ servername, ...transport.tls, host, port })
      : net.connect({ host, port });
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', (error) => this.end(new Error(whyUnreachable(error), { cause: error })));
    this.socket.on('close', () => this.end(new Error('the server closed the connection')));
    this.ready = this.prepare();
    // Told to those who wait for it; there may be none.
    this.ready.catch(() => undefined);
  }

  /** Whether more can be asked. */
  get usable(): boolean {
    return !this.reason;
  }

  /** Sends commands at once; gives what each is answered, or rejects where one is not. */
  send(commands: readonly (readonly Word[])[]): Promise<Parsed[]> {
    if (this.reason) return Promise.reject(this.reason);
    const isWaiting = this.pending.length > 0;
    const replies = commands.map(
      ([what]) =>
        new Promise<Parsed>((resolve, reject) => {
          this.pending.push({ what: String(what), resolve, reject });
        }),
    );
    this.socket.write(Buffer.concat(commands.map(encodeCommand)));
    // Whoever asks again gives what is not answered yet no more time: a server that vanished would never be missed.
    if (!isWaiting) this.watch();
    return Promise.all(replies);
  }

  /** Ends the connection; what was under way is rejected. */
  end(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    clearTimeout(this.timer);
    this.socket.destroy();
    for (const { reject } of this.pending.splice(0)) reject(reason);
  }

  private async prepare(): Promise<void> {
    const { timeoutMs, login, tls } = this.transport;
    const late = setTimeout(() => {
      const what = this.socket.connecting ? 'connection' : 'end of the TLS handshake';
      this.end(new Error(`no ${what} within ${timeoutMs} ms`));
    }, timeoutMs);
    await new Promise<void>((resolve, reject) => {
      this.socket.once(tls ? 'secureConnect' : 'connect', resolve);
      this.socket.once('close', () => reject(this.reason));
    }).finally(() => clearTimeout(late));
    if (login) await this.login(login.username, login.password);
  }

  private async login(username: string, password: string): Promise<void> {
    const [reply] = await this.send([['AUTH', username, password]]);
    if (!(reply instanceof RedisError)) return;
    this.end(reply);
    throw reply;
  }

  /** The first command that is not answered yet may take this long from now. */
  private watch(): void {
    const { timeoutMs } = this.transport;
    clearTimeout(this.timer);
    const [first] = this.pending;
    if (!first) return;
    const late = () => this.end(new Error(`no reply to ${first.what} within ${timeoutMs} ms`));
    this.timer = setTimeout(late, timeoutMs);
  }

  private receive(chunk: Buffer): void {
    if (this.reason) return;
    try {
      for (const reply of this.reader.push(chunk)) this.dispatch(reply);
    } catch (error) {
      this.end(error as Error);
    }
  }

  private dispatch(reply: Parsed): void {
    const next = this.pending.shift();
    // What a server says unasked is why it closes the connection: too many clients, protected mode.
    if (!next) throw reply instanceof RedisError ? reply : new Error('a reply to nothing that was asked');
    next.resolve(reply);
    this.watch();
  }
}
