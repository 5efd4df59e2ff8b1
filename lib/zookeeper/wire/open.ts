import type * as tls from 'node:tls';
import { Connection } from './connection';
import { ZooKeeperError } from './errors';
import type { Data } from './records';
import type { SaslCredentials } from './sasl';

/** How a client connects. */
export interface ConnectOptions {
  /** Tried in this order. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Asked of the server, which keeps it within its own bounds. */
  readonly sessionTimeoutMs: number;
  /** For all servers together, until one grants a session. */
  readonly connectTimeoutMs: number;
  /** For every call; the session time-out when left out. */
  readonly requestTimeoutMs?: number;
  /** Given when the servers speak TLS. */
  readonly tls?: tls.ConnectionOptions;
  readonly sasl?: SaslCredentials;
  /** Identities to begin with, such as `{ scheme: 'digest', auth: 'user:password' }`. */
  readonly auth?: readonly { readonly scheme: string; readonly auth: Data }[];
  /** Node below which all paths are, except the configuration of the ensemble. */
  readonly chroot?: string;
}

/** Opens a session with the first server that grants one; each gets its share of the time that is left. */
export async function openSession(options: ConnectOptions): Promise<Connection> {
  const { servers, sessionTimeoutMs, tls } = options;
  const deadline = performance.now() + options.connectTimeoutMs;
  const failures: string[] = [];
  let cause: unknown;
  for (const [index, server] of servers.entries()) {
    const connectTimeoutMs = Math.max(1, (deadline - performance.now()) / (servers.length - index));
    try {
      return await Connection.open({ server, tls, sessionTimeoutMs, connectTimeoutMs });
    } catch (error) {
      cause = error;
      failures.push(`${server.host}:${server.port}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new ZooKeeperError('ConnectionLoss', failures.join('; ') || 'no server to connect to', { cause });
}
