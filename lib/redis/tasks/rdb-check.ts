/** What Redis' own tool found in an RDB file. */
export interface RdbCheck {
  readonly keys: number;
  /** Stream of replication, and the place in it, that the file says it is of; undefined: it does not say. */
  readonly replid?: string;
  readonly offset?: number;
}

/**
 * Reads what `redis-check-rdb`, or `valkey-check-rdb`, says of a file that it has read to its end.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
 * @throws Error where that is not that the file is whole
 */
export function parseRdbCheck(output: string): RdbCheck {
  const lines = output.split(/\r?\n/);
  if (!lines.some((line) => line.includes('RDB looks OK!'))) {
    const last = lines.filter((line) => line.trim() !== '').at(-1) ?? 'nothing';
    throw new Error(`it does not say that the file is whole, and ends with: ${last.trim()}`);
  }
  const keys = /^\[info\] (\d+) keys read$/m.exec(output)?.[1];
  if (keys === undefined) throw new Error('it does not say how many keys there are');
  const aux = (field: string) => new RegExp(`AUX FIELD ${field} = '([^']*)'`).exec(output)?.[1];
  const offset = aux('repl-offset');
  const replid = aux('repl-id');
  return {
    keys: Number(keys),
    ...(replid !== undefined && { replid }),
    ...(offset !== undefined && { offset: Number(offset) }),
  };
}
