import { expect, it } from 'vitest';
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
