import type { Address } from '../../../lib/etcd/api/types';

/** A key that is written, or deleted where it has no value; `to`: with all keys behind it. */
export interface Change {
  readonly key: string;
  readonly value?: string;
  readonly to?: string;
}

/** Makes changes in one transaction. Not by the client of the steward, which deletes nothing. */
export async function change({ host, port }: Address, changes: readonly Change[]): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const success = changes.map(({ key, value, to }) => {
    if (value !== undefined) return { request_put: { key: base64(key), value: base64(value) } };
    const end = to === undefined ? {} : { range_end: base64(to) };
    return { request_delete_range: { key: base64(key || '\0'), ...end } };
  });
  const answer = await fetch(`http://${host}:${port}/v3/kv/txn`, {
    method: 'POST',
    body: JSON.stringify({ success }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Changes of few keys, each of them once, as etcd asks of a transaction; the same ones for the same seed. */
export function randomChanges(seed: number, count: number): readonly Change[] {
  let state = seed * 2_654_435_761 + 12_345;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const changes = new Map<string, Change>();
  for (let index = 0; index < count; index++) {
    const key = `key-${random(count * 2)}`;
    const value = random(4) === 0 ? undefined : `${seed}-${index}`.repeat(1 + random(30));
    changes.set(key, { key, value });
  }
  return [...changes.values()];
}
