import * as net from 'node:net';
import type { Address } from '../../steward/reach';
import { within } from '../../steward/within';

/** Numbers of a pool, and those of its servers by their names. */
export interface PoolStats {
  readonly pool: Readonly<Record<string, number>>;
  readonly servers: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What twemproxy tells everybody who connects there, of this pool. */
export async function readStats(address: Address, pool: string, timeoutMs: number): Promise<PoolStats> {
  const socket = net.connect(address);
  const all = new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
  try {
    return parseStats(await within(timeoutMs, all), pool);
  } finally {
    socket.destroy();
  }
}

/** @throws Error where it tells nothing of this pool */
export function parseStats(text: string, pool: string): PoolStats {
  const found: unknown = JSON.parse(text)[pool];
  if (typeof found !== 'object' || found === null) throw new Error(`there are no numbers of ${pool}`);
  const numbers: Record<string, number> = {};
  const servers: Record<string, Record<string, number>> = {};
  for (const [name, value] of Object.entries(found))
    if (typeof value === 'number') numbers[name] = value;
    else servers[name] = value;
  return { pool: numbers, servers };
}
