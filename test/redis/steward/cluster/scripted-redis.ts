import { RedisError } from '../../../../lib/redis/wire/errors';
import type { RawReply, Redis, Reply, Word } from '../../../../lib/redis/wire/types';

/** What a server replies to a command, in words; what it throws is what it refuses with. */
export type Answer = (words: readonly string[], raw: readonly Word[]) => RawReply;

/** A server that answers by a function, and writes down what it was told. */
export class ScriptedRedis implements Redis {
  readonly told: string[] = [];
  readonly address: { readonly host: string; readonly port: number };

  constructor(
    host: string,
    private readonly answer: Answer,
  ) {
    this.address = { host, port: 6379 };
  }

  async command(...words: readonly Word[]): Promise<Reply> {
    const reply = await this.raw(...words);
    return Buffer.isBuffer(reply) ? reply.toString() : (reply as Reply);
  }

  async raw(...words: readonly Word[]): Promise<RawReply> {
    const texts = words.map(String);
    this.told.push(texts.join(' '));
    return this.answer(texts, words);
  }

  async pipeline(commands: readonly (readonly Word[])[]): Promise<readonly (Reply | Error)[]> {
    return Promise.all(
      commands.map((words) =>
        this.command(...words).catch((error) => {
          if (error instanceof RedisError) return error;
          throw error;
        }),
      ),
    );
  }

  close(): void {}
}

const SETSLOT = /^CLUSTER SETSLOT (\d+) (\w+)(?: (\S+))?$/;

/** As much of a master as handing slots over needs: its slots, those on their way, and its keys by slot. */
export class SlotMaster extends ScriptedRedis {
  readonly slots: Set<number>;
  readonly migrating = new Map<number, string>();
  readonly importing = new Map<number, string>();
  readonly keys = new Map<number, Map<string, string>>();
  replicas = 0;
  /** Refuses, or fails, instead of what it would do. */
  instead: (words: readonly string[]) => void = () => undefined;

  constructor(
    readonly id: string,
    slots: readonly number[],
    private readonly peers: () => readonly SlotMaster[],
  ) {
    super(id[0], (words, raw) => this.reply(words, raw));
    this.slots = new Set(slots);
  }

  put(slot: number, entries: Record<string, string>): void {
    this.keys.set(slot, new Map([...(this.keys.get(slot) ?? []), ...Object.entries(entries)]));
  }

  get all(): Record<string, string> {
    return Object.fromEntries([...this.keys.values()].flatMap((keys) => [...keys]));
  }

  private reply(words: readonly string[], raw: readonly Word[]): RawReply {
    this.instead(words);
    const [name, sub] = words;
    if (name === 'MIGRATE') return this.migrate(words, raw);
    if (name === 'WAIT') return this.replicas;
    if (name === 'MEMORY') return 3 * 2 ** 20;
    if (name === 'DUMP') return this.find(words[1]) ?? null;
    if (sub === 'INFO') return 'cluster_state:ok\r\ncluster_current_epoch:3\r\n';
    if (sub === 'NODES') return this.nodes();
    if (sub === 'SETSLOT') return this.setSlot(words.join(' '));
    const keys = this.keys.get(Number(words[2])) ?? new Map();
    if (sub === 'COUNTKEYSINSLOT') return keys.size;
    if (sub === 'GETKEYSINSLOT')
      return [...keys.keys()].slice(0, Number(words[3])).map((key) => Buffer.from(key));
    return 'OK';
  }

  private nodes(): string {
    return this.peers()
      .map(({ id, slots }) => {
        const own = id === this.id ? 'myself,master' : 'master';
        return `${id} 10.0.0.1:6379@16379,${id[0]}.redis ${own} - 0 0 1 connected ${[...slots].join(' ')}\n`;
      })
      .join('');
  }

  private setSlot(command: string): string {
    const [, number, way, id = ''] = SETSLOT.exec(command) ?? [];
    const slot = Number(number);
    if (way === 'IMPORTING') this.importing.set(slot, id);
    if (way === 'MIGRATING') this.migrating.set(slot, id);
    if (way === 'NODE') {
      if (id !== this.id && (this.keys.get(slot)?.size ?? 0) > 0)
        throw new RedisError('ERR I still hold keys');
      if (id === this.id) this.slots.add(slot);
      else this.slots.delete(slot);
    }
    if (way === 'NODE' || way === 'STABLE') {
      this.migrating.delete(slot);
      this.importing.delete(slot);
    }
    return 'OK';
  }

  private migrate(words: readonly string[], raw: readonly Word[]): string {
    const target = this.peers().find(({ address }) => address.host === words[1]);
    for (const key of raw.slice(words.indexOf('KEYS') + 1).map(String)) {
      const [slot, value] = this.entry(key) ?? [];
      if (slot === undefined || value === undefined) continue;
      if (target?.find(key) !== undefined && !words.includes('REPLACE')) {
        throw new RedisError(
          'ERR Target instance replied with error: BUSYKEY Target key name already exists.',
        );
      }
      target?.put(slot, { [key]: value });
      this.keys.get(slot)?.delete(key);
    }
    return 'OK';
  }

  private entry(key: string): [number, string] | undefined {
    for (const [slot, keys] of this.keys) {
      const value = keys.get(key);
      if (value !== undefined) return [slot, value];
    }
    return undefined;
  }

  private find(key: string): Buffer | undefined {
    const value = this.entry(key)?.[1];
    return value === undefined ? undefined : Buffer.from(value);
  }
}
