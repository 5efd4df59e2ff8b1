import type { Address } from '../../../steward/reach';
import type { Connect, RawReply, Redis, Reply, Transport, Word } from '../../wire/types';
import type { RedisKeys } from './keys';

/** How a server says that it does not know the password. */
const WRONG_PASSWORD = 'WRONGPASS';

/**
 * A server that is talked to with the keys of now: when they change, it is connected to anew. Where it does not know the
 * newest password yet, as it was away when that was set, it is the one before that lets the steward in.
 */
export class KeyedRedis implements Redis {
  private current: { readonly transport: Transport; readonly redis: Redis } | undefined;

  constructor(
    readonly address: Address,
    private readonly keys: Pick<RedisKeys, 'transports'>,
    private readonly connect: Connect,
  ) {}

  command(...words: readonly Word[]): Promise<Reply> {
    return this.withLogin((redis) => redis.command(...words));
  }

  raw(...words: readonly Word[]): Promise<RawReply> {
    return this.withLogin((redis) => redis.raw(...words));
  }

  pipeline(commands: readonly (readonly Word[])[]): Promise<readonly (Reply | Error)[]> {
    return this.withLogin(async (redis) => {
      const replies = await redis.pipeline(commands);
      const refused = replies.find(isWrongPassword);
      if (refused) throw refused;
      return replies;
    });
  }

  close(): void {
    this.current?.redis.close();
    this.current = undefined;
  }

  private async withLogin<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const transports = this.keys.transports();
    const known = transports.find((transport) => transport === this.current?.transport);
    // The one that let it in last is tried first, so that nobody is refused again and again.
    const order = known ? [known, ...transports.filter((each) => each !== known)] : transports;
    let refusal: unknown;
    for (const transport of order) {
      try {
        return await ask(this.by(transport));
      } catch (error) {
        if (!isWrongPassword(error)) throw error;
        refusal = error;
        this.close();
      }
    }
    throw refusal;
  }

  private by(transport: Transport): Redis {
    if (this.current?.transport === transport) return this.current.redis;
    this.close();
    const redis = this.connect(this.address, transport);
    this.current = { transport, redis };
    return redis;
  }
}

function isWrongPassword(found: unknown): boolean {
  return found instanceof Error && (found as Error & { code?: unknown }).code === WRONG_PASSWORD;
}
