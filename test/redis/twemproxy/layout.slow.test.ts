import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type Layout, Ring } from '../../../lib/redis/twemproxy/layout';
import { twemproxyMissing } from '../../support/redis-binaries';
import { FakeRedisServer } from '../../support/redis-fake-server';
import { temporary } from '../../support/temporary';
import { TwemproxyProcess } from './twemproxy-process';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A real proxy before servers that reply with the names of their shards. */
async function proxied({ shards, hash, hashTag }: Layout) {
  const servers: string[] = [];
  for (const name of shards) {
    const server = await FakeRedisServer.start(() => `$${name.length}\r\n${name}\r\n`);
    stops.push(() => server.stop());
    servers.push(`   - 127.0.0.1:${server.address.port}:1 ${name}\n`);
  }
  const proxy = TwemproxyProcess.create(temporary());
  const lines = [
    'pool:',
    `  listen: 127.0.0.1:${proxy.clients}`,
    `  hash: ${hash}`,
    ...(hashTag ? [`  hash_tag: "${hashTag}"`] : []),
    '  distribution: ketama',
    '  redis: true',
    '  servers:',
  ];
  fs.writeFileSync(proxy.configFile, `${lines.join('\n')}\n${servers.join('')}`);
  await proxy.start();
  stops.push(() => proxy.stop());
  return proxy.client();
}

const named = (count: number) => Array.from({ length: count }, (_, i) => `shard-${i}`);

const KEYS = [
  ...Array.from({ length: 1500 }, (_, i) => Buffer.from(`user:${i}:session`)),
  ...Array.from({ length: 300 }, (_, i) => randomBytes(1 + (i % 40))),
  ...['', 'ü', '{a}b', 'b{a}', '{}c', '{d', 'e}', '}f{', '{g}{h}', 'i{j}k{l}'].map((key) => Buffer.from(key)),
];

describe.skipIf(twemproxyMissing)('Ring', () => {
  it.each<Layout>([
    { shards: named(2), hash: 'md5' },
    { shards: named(5), hash: 'md5', hashTag: '{}' },
    // Of 25 shards each has fewer points, as single precision has it.
    { shards: named(25), hash: 'md5' },
    { shards: ['b', 'a', 'longer'], hash: 'md5' },
    { shards: named(4), hash: 'fnv1a_64', hashTag: '{}' },
  ])('finds keys where twemproxy does: $shards.length shards by $hash', async (layout) => {
    const client = await proxied(layout);
    const ring = new Ring(layout);
    const seen = await Promise.all(KEYS.map((key) => client.ask('GET', key)));
    expect(seen).toEqual(KEYS.map((key) => ring.shardOf(key)));
    expect(new Set(seen).size).toBe(layout.shards.length);
    client.close();
  });
});
