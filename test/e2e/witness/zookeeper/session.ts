import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isZooKeeperError, ZooKeeperClient } from '../../../../lib/zookeeper/wire/client';
import type { Session } from '../writing';

const ROOT = '/witness';
const AT_ONCE = 100;

/** Servers of `host:port,host:port/chroot`. */
export function serversOf(connect: string): { host: string; port: number }[] {
  return connect
    .split('/')[0]
    .split(',')
    .map((part) => ({ host: part.split(':')[0], port: Number(part.split(':')[1]) }));
}

/** Keys in a mounted Secret; read at each connection, since they may have been renewed. */
export function tlsFrom(
  directory: string | undefined,
): { ca: Buffer; cert: Buffer; key: Buffer } | undefined {
  if (!directory) return undefined;
  const read = (name: string) => readFileSync(join(directory, name));
  return { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') };
}

/** Opens a session that writes records as znodes `/witness/n-<record>`. */
export async function openZooKeeper(connect: string, tlsDirectory?: string): Promise<Session> {
  const client = await ZooKeeperClient.connect({
    servers: serversOf(connect),
    chroot: connect.includes('/') ? connect.slice(connect.indexOf('/')) : undefined,
    tls: tlsFrom(tlsDirectory),
    sessionTimeoutMs: 6000,
    connectTimeoutMs: 2000,
    requestTimeoutMs: 3000,
  });
  await client.create(ROOT).catch((error) => {
    if (!isZooKeeperError(error, 'NodeExists')) throw error;
  });
  return {
    write: async (record) => {
      await client.create(`${ROOT}/n-${record}`, contentOf(record));
    },
    readAll: () => readAll(client),
    close: () => client.close(),
  };
}

async function readAll(client: ZooKeeperClient): Promise<Set<number>> {
  await client.sync('/');
  const names = await client.getChildren(ROOT);
  const found = new Set<number>();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    await Promise.all(
      names.slice(at, at + AT_ONCE).map(async (name) => {
        const record = Number(name.slice(2));
        const { data } = await client.getData(`${ROOT}/${name}`);
        if (data.toString() === contentOf(record)) found.add(record);
      }),
    );
  }
  return found;
}

function contentOf(record: number): string {
  return `record ${record} `.padEnd(Number(process.env.RECORD_BYTES ?? 100), '.');
}
