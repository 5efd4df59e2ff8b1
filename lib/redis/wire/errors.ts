/** What a server says when it refuses a command. https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
export class RedisError extends Error {
  override readonly name = 'RedisError';
  /** Its first word where that is a kind of error: `READONLY`, `MOVED`, `WRONGPASS`, `LOADING`, `ERR`. */
  readonly code: string;

  /** The line of the server, without the `-` before it. */
  constructor(line: string) {
    super(line);
    this.code = /^[A-Z][A-Z0-9_]*(?= |$)/.exec(line)?.[0] ?? 'ERR';
  }
}

/** Whether a server refused, with one of these codes if any are given. */
export function isRedisError(error: unknown, ...codes: readonly string[]): error is RedisError {
  return error instanceof RedisError && (codes.length === 0 || codes.includes(error.code));
}
