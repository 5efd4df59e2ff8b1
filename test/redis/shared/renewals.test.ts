import { beforeEach, describe, expect, it } from 'vitest';
import { Renewals } from '../../../lib/redis/steward/shared/renewals';

const CERTIFICATE = Buffer.from('certificate');
const ADDRESS = { host: '127.0.0.1', port: 6379 };
const SERVERS = new Map([
  ['redis-0', ADDRESS],
  ['redis-1', ADDRESS],
]);

it('a server that was told in vain is left alone for a while', async () => {
  let now = 0;
  let shows = false;
  const certificates = { stale: async () => [...SERVERS.keys()], shows: async () => shows };
  const renewals = new Renewals(certificates, 1_000, () => now);
  const due = () => renewals.due(SERVERS, CERTIFICATE, {});
  const took = () => renewals.took('redis-0', ADDRESS, CERTIFICATE, {});
  expect(await due()).toEqual(['redis-0', 'redis-1']);
  expect(await took()).toBe(false);
  expect(await due()).toEqual(['redis-1']);
  now = 1_000;
  expect(await due()).toEqual(['redis-0', 'redis-1']);
  renewals.gaveUp('redis-0');
  expect(await due()).toEqual(['redis-1']);
  shows = true;
  expect(await took()).toBe(true);
  expect(await due()).toEqual(['redis-0', 'redis-1']);
});

describe('a server that may know others of whom it trusts', () => {
  const unread = (seconds: number, ...pods: string[]) => ({ since: new Date(seconds * 1_000), pods });
  let stale: string[];
  let renewals: Renewals;
  const due = (keys?: ReturnType<typeof unread>, wanted = CERTIFICATE) =>
    renewals.due(SERVERS, wanted, {}, keys);
  const took = (pod: string) => renewals.took(pod, ADDRESS, CERTIFICATE, {});

  beforeEach(() => {
    stale = [];
    renewals = new Renewals({ stale: async () => stale, shows: async () => true });
  });

  it('is told once', async () => {
    expect(await due()).toEqual([]);
    expect(await due(unread(1, 'redis-1', 'redis-7'))).toEqual(['redis-1']);
    await took('redis-1');
    expect(await due(unread(1, 'redis-1', 'redis-7'))).toEqual([]);
    expect(await due(unread(2, 'redis-1'))).toEqual(['redis-1']);
  });

  it('is not told again where they came with a certificate that it shows', async () => {
    stale = ['redis-0'];
    expect(await due(unread(1))).toEqual(['redis-0']);
    stale = [];
    await took('redis-0');
    expect(await due(unread(1, 'redis-0'))).toEqual([]);
  });

  it('is told where they came after that', async () => {
    stale = ['redis-0'];
    await due(unread(1));
    expect(await due(unread(2))).toEqual(['redis-0']);
    stale = [];
    await took('redis-0');
    expect(await due(unread(2, 'redis-0'))).toEqual(['redis-0']);
    await took('redis-0');
    expect(await due(unread(2, 'redis-0'))).toEqual([]);
  });
});
