import { ask } from '../api/http';
import type { Address } from '../api/types';

const METRIC = /^etcd_disk_defrag_inflight (\S+)$/m;

/**
 * Whether a member is being defragmented, by its metrics port; false where it does not answer, as then it does nothing for
 * anybody.
 */
export async function isDefragmenting(address: Address, timeoutMs: number): Promise<boolean> {
  try {
    const { text } = await ask(address, { timeoutMs }, { method: 'GET', path: '/metrics' });
    return Number(METRIC.exec(text)?.[1]) > 0;
  } catch {
    return false;
  }
}
