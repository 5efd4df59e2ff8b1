import * as net from 'node:net';
import type { Address } from '../../../steward/reach';
import { within } from '../../../steward/within';
import { RedisError } from '../../wire/errors';
import { encodeCommand, type Parsed, RespReader } from '../../wire/resp';
import type { Login, Word } from '../../wire/types';

const CHANNEL = '__redis__:invalidate';

/**
 * Names of keys that are written, expire or are deleted on a server, from the moment that `watch` resolves: what a server
 * tells clients that keep copies. https://redis.io/docs/latest/develop/reference/client-side-caching/
 */
export class ChangedKeys {
  private readonly reader = new RespReader();
  private readonly waiting: { resolve: (reply: Parsed) => void; reject: (error: Error) => void }[] = [];
  /** Names as `latin1`, which keeps every byte. */
  private keys = new Set<string>();
  private problem: Error | undefined;

  /** Connects, and begins to listen. @throws Error where that fails */
  static async watch(address: Address, login: Login, timeoutMs: number): Promise<ChangedKeys> {
    const watch = new ChangedKeys(net.connect(address), timeoutMs);
    try {
      await watch.ask('AUTH', login.username, login.password);
      const id = await watch.ask('CLIENT', 'ID');
      // Told to this very connection, which needs no other protocol then.
      await watch.ask('CLIENT', 'TRACKING', 'ON', 'REDIRECT', Number(id), 'BCAST');
      await watch.ask('SUBSCRIBE', CHANNEL);
      return watch;
    } catch (error) {
      watch.close();
      throw error;
    }
  }

  private constructor(
    private readonly socket: net.Socket,
    private readonly timeoutMs: number,
  ) {
    socket.setNoDelay(true).setKeepAlive(true, timeoutMs);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('the server ended the connection that tells of changes')));
  }

  get size(): number {
    return this.keys.size;
  }

  /** What has changed since this was asked last. @throws Error where something may be missing */
  take(): Buffer[] {
    if (this.problem) throw this.problem;
    const taken = this.keys;
    this.keys = new Set();
    return [...taken].map((name) => Buffer.from(name, 'latin1'));
  }

  /** Resolves when all is known that was written before. */
  async caughtUp(): Promise<void> {
    // What changes is told at the end of a turn, in which the first answer may come before it.
    for (let i = 0; i < 2; i++) await this.ask('PING');
  }

  close(): void {
    this.end(new Error('nobody listens any more'));
  }

  private ask(...words: Word[]): Promise<Parsed> {
    if (this.problem) return Promise.reject(this.problem);
    const reply = new Promise<Parsed>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.socket.write(encodeCommand(words));
    return within(this.timeoutMs, reply);
  }

  private receive(chunk: Buffer): void {
    try {
      for (const reply of this.reader.push(chunk)) this.dispatch(reply);
    } catch (error) {
      this.end(error as Error);
    }
  }

  private dispatch(reply: Parsed): void {
    const [kind, , names] = Array.isArray(reply) ? reply : [];
    const isMessage = Buffer.isBuffer(kind) && kind.toString() === 'message';
    const asked = isMessage ? undefined : this.waiting.shift();
    if (isMessage) this.note(names);
    else if (reply instanceof RedisError) asked?.reject(reply);
    else asked?.resolve(reply);
  }

  private note(names: Parsed): void {
    if (!Array.isArray(names)) this.end(new Error('all keys of a database were deleted at once'));
    else for (const name of names) this.keys.add((name as Buffer).toString('latin1'));
  }

  private end(error: Error): void {
    this.problem ??= error;
    this.socket.destroy();
    for (const { reject } of this.waiting.splice(0)) reject(this.problem);
  }
}
