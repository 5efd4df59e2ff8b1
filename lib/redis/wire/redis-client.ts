import type { Address } from '../../steward/reach';
import { Connection } from './connection';
import { RedisError } from './errors';
import { rawOf, replyOf } from './reply';
import type { Parsed } from './resp';
import type { Connect, RawReply, Redis, Reply, Transport, Word } from './types';

/** A client of one server, or Sentinel, by RESP2. https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export class RedisClient implements Redis {
  private connection: Connection | undefined;

  constructor(
    readonly address: Address,
    private readonly transport: Transport,
  ) {}

  /**
   * Sends a command.
   * @throws RedisError where the server refuses it, or something within it as `EXEC` tells, or the login
   * @throws Error where no reply came in time or at all: whether the command was carried out is not known
   */
  async command(...words: readonly Word[]): Promise<Reply> {
    const [reply] = await this.exchange([words]);
    return replyOf(reply);
  }

  async raw(...words: readonly Word[]): Promise<RawReply> {
    const [reply] = await this.exchange([words]);
    return rawOf(reply);
  }

  /** Rejects as `command` does where one of them got no reply; each may take as long as a command may. */
  async pipeline(commands: readonly (readonly Word[])[]): Promise<readonly (Reply | Error)[]> {
    return commands.length === 0 ? [] : (await this.exchange(commands)).map(replyOrRefusal);
  }

  /** Ends the connection. Whoever asks again connects anew. */
  close(): void {
    this.connection?.end(new Error('the client was closed'));
    this.connection = undefined;
  }

  private async exchange(commands: readonly (readonly Word[])[]): Promise<Parsed[]> {
    if (!this.connection?.usable) this.connection = new Connection(this.address, this.transport);
    const { connection } = this;
    await connection.ready;
    return connection.send(commands);
  }
}

/** Makes a `RedisClient`. */
export const connect: Connect = (address, transport) => new RedisClient(address, transport);

function replyOrRefusal(parsed: Parsed): Reply | RedisError {
  try {
    return replyOf(parsed);
  } catch (error) {
    if (error instanceof RedisError) return error;
    throw error;
  }
}
