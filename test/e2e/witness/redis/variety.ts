import { isDeepStrictEqual } from 'node:util';
import type { Client } from './client';

/** Keys of each kind. */
const EACH = 300;
const DAY_SECONDS = 86_400;
const BIG = 'x'.repeat(200_000);

type Word = string | number;

/** How a key of a kind is written, and what is read of it then. */
interface Kind {
  readonly write: (key: string, number: number) => Word[];
  readonly read: (key: string) => Word[];
  readonly content: (number: number) => unknown;
}

const KINDS: Readonly<Record<string, Kind>> = {
  expiring: {
    write: (key, number) => ['SET', key, `content ${number}`, 'EX', DAY_SECONDS],
    read: (key) => ['GET', key],
    content: (number) => `content ${number}`,
  },
  hash: {
    write: (key, number) => ['HSET', key, 'number', number, 'big', number % 50 === 0 ? BIG : ''],
    read: (key) => ['HMGET', key, 'number', 'big'],
    content: (number) => [String(number), number % 50 === 0 ? BIG : ''],
  },
  list: {
    write: (key, number) => ['RPUSH', key, 'a', number, 'z'],
    read: (key) => ['LRANGE', key, 0, -1],
    content: (number) => ['a', String(number), 'z'],
  },
  sorted: {
    write: (key, number) => ['ZADD', key, number, 'one', number + 1, 'two'],
    read: (key) => ['ZRANGE', key, 0, -1],
    content: () => ['one', 'two'],
  },
  stream: {
    write: (key, number) => ['XADD', key, '1-1', 'number', number],
    read: (key) => ['XRANGE', key, '-', '+'],
    content: (number) => [['1-1', ['number', String(number)]]],
  },
};

const all = Object.entries(KINDS).flatMap(([name, kind]) =>
  Array.from({ length: EACH }, (_, number) => ({ kind, number, key: `witness:${name}:${number}` })),
);

/** Writes keys of many kinds, spread over all slots. */
export async function writeVariety(client: Client): Promise<void> {
  await Promise.all(all.map(({ kind, number, key }) => client.call(...kind.write(key, number))));
}

/** Keys of these that are not as they were written, or have lost the time at which they end. */
export async function missingOfVariety(client: Client): Promise<string[]> {
  const checked = all.map(async ({ kind, number, key }) => {
    const right = isDeepStrictEqual(await client.call(...kind.read(key)), kind.content(number));
    const ends = kind !== KINDS.expiring || Number(await client.call('TTL', key)) > 0;
    return right && ends ? [] : [key];
  });
  return (await Promise.all(checked)).flat();
}
