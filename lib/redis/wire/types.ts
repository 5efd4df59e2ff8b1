import type { ConnectionOptions } from 'node:tls';
import type { Address } from '../../steward/reach';

/** A user and its password. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** How servers are talked to. */
export interface Transport {
  readonly login?: Login;
  readonly tls?: ConnectionOptions;
  /** How long one command may take, and connecting before it. */
  readonly timeoutMs: number;
}

/** What a server replies; text is UTF-8. */
export type Reply = string | number | null | readonly Reply[];

/** What a server replies, with bulk strings as they are: names of keys may be anything. */
export type RawReply = Buffer | string | number | null | readonly RawReply[];

/** A word of a command. */
export type Word = string | number | Buffer;

/** A server, a Sentinel among them. It is connected to when it is first asked, and again after the connection has broken. */
export interface Redis {
  readonly address: Address;
  /**
   * Sends a command.
   * @throws RedisError where the server refuses it, and any other Error where no reply came in time or at all
   */
  command(...words: readonly Word[]): Promise<Reply>;
  /** As `command`, for replies that are not text. */
  raw(...words: readonly Word[]): Promise<RawReply>;
  /** Sends commands without waiting in between; gives all replies, refusals among them. */
  pipeline(commands: readonly (readonly Word[])[]): Promise<readonly (Reply | Error)[]>;
  close(): void;
}

/** Makes a client of a server. */
export type Connect = (address: Address, transport: Transport) => Redis;
