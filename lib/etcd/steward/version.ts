import { ask } from '../api/http';
import type { Address, Transport } from '../api/types';

/**
 * Version that the cluster has taken up, such as `3.5.0`, which it tells without a login; undefined: it has none yet.
 * @throws Error when the member does not answer
 */
export async function clusterVersion(address: Address, transport: Transport): Promise<string | undefined> {
  const { text } = await ask(address, transport, { method: 'GET', path: '/version' });
  const { etcdcluster } = JSON.parse(text) as { readonly etcdcluster?: string };
  return etcdcluster !== undefined && /^\d+\.\d+\.\d+/.test(etcdcluster) ? etcdcluster : undefined;
}
