import { ask } from './http';
import type { Address, Health } from './types';

/**
 * What a member tells on its metrics port.
 * @throws Error when nobody answers there
 */
export async function health(address: Address, timeoutMs: number): Promise<Health> {
  const passes = async (path: string) =>
    (await ask(address, { timeoutMs }, { method: 'GET', path })).status === 200;
  const [live, linearizable] = await Promise.all([
    passes('/livez'),
    // Without a quorum it keeps the question until it gives up itself, which takes longer than most would wait.
    passes('/readyz/linearizable_read').catch(() => false),
  ]);
  return { live, linearizable };
}
