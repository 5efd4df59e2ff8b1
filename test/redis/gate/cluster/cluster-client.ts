import { setTimeout as delay } from 'node:timers/promises';
import { RedisError } from '../../../../lib/redis/wire/errors';
import type { Redis, Reply } from '../../../../lib/redis/wire/types';
import type { Address } from '../../../../lib/steward/reach';

const SLOTS = 16_384;
const PATIENCE_MS = 40_000;

/** Slot of a key without braces: CRC16 as XMODEM has it. */
export function slotOf(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}

/** Who knows where servers are: those that answer now, and that of a name. */
export interface Places {
  addresses(): readonly Address[];
  resolve(host: string): Address;
}

/** A client of a Redis Cluster that goes where it is sent, and tries again until it is served. */
export class ClusterClient {
  private readonly servers = new Map<string, Redis>();
  private owners: (Address | undefined)[] = [];

  constructor(
    private readonly places: Places,
    private readonly connect: (address: Address) => Redis,
  ) {}

  /** Sends a command with one key, which comes second. */
  async command(...words: readonly [string, string, ...string[]]): Promise<Reply> {
    const slot = slotOf(words[1]);
    let at = this.owners[slot];
    let asking = false;
    let why = 'it was not tried';
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
      try {
        at ??= await this.find(slot);
        const server = this.at(at);
        const replies = await server.pipeline(asking ? [['ASKING'], words] : [words]);
        const reply = replies[replies.length - 1];
        if (reply instanceof Error) throw reply;
        return reply;
      } catch (error) {
        why = (error as Error).message;
        const code = error instanceof RedisError ? error.code : '';
        asking = code === 'ASK';
        if (code === 'ASK' || code === 'MOVED') {
          const [host, port] = why.split(' ')[2].split(':');
          at = { ...this.places.resolve(host), port: Number(port) };
          if (code === 'MOVED') this.owners[slot] = at;
          continue;
        }
        at = undefined;
        await delay(50);
      }
    }
    throw new Error(`${words.join(' ')}: ${why}`);
  }

  close(): void {
    for (const server of this.servers.values()) server.close();
  }

  private async find(slot: number): Promise<Address> {
    for (const address of this.places.addresses()) {
      try {
        const ranges = (await this.at(address).command('CLUSTER', 'SLOTS')) as readonly [
          number,
          number,
          readonly [string, number],
        ][];
        for (const [first, last, [host, port]] of ranges) {
          const owner = { ...this.places.resolve(host), port };
          for (let each = first; each <= last; each++) this.owners[each] = owner;
        }
        const found = this.owners[slot];
        if (found) return found;
      } catch {
        // Another one may know.
      }
    }
    throw new Error(`nobody says who has slot ${slot}`);
  }

  private at(address: Address): Redis {
    const name = `${address.host}:${address.port}`;
    const server = this.servers.get(name) ?? this.connect(address);
    this.servers.set(name, server);
    return server;
  }
}

/** Writes all the time, and counts what was acknowledged. */
export class Writer {
  /** The newest value of each key that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** The longest time that a write took, in milliseconds. */
  longest = 0;
  private going = true;
  private readonly over: Promise<unknown>;
  private failure: unknown;

  constructor(
    private readonly client: ClusterClient,
    private readonly keys: number,
    atOnce = 4,
  ) {
    this.over = Promise.all(Array.from({ length: atOnce }, (_, lane) => this.write(lane, atOnce)));
    this.over.catch((error) => {
      this.failure = error;
    });
  }

  /** Keys whose values are older than what was acknowledged. */
  async missing(): Promise<string[]> {
    if (this.failure) throw this.failure;
    const missing: string[] = [];
    for (const [key, value] of new Map(this.acknowledged)) {
      if (Number(await this.client.command('GET', key)) < value) missing.push(key);
    }
    return missing;
  }

  /** Ends writing, and gives what is missing then. */
  async end(): Promise<string[]> {
    this.going = false;
    await this.over.catch(() => undefined);
    return this.missing();
  }

  private async write(lane: number, atOnce: number): Promise<void> {
    for (let turn = 1; this.going; turn++) {
      for (let key = lane; this.going && key < this.keys; key += atOnce) {
        const began = performance.now();
        await this.client.command('SET', `key-${key}`, String(turn));
        this.acknowledged.set(`key-${key}`, turn);
        this.longest = Math.max(this.longest, performance.now() - began);
        await delay(1);
      }
    }
  }
}
