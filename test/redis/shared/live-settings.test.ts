import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSet, learntSetting } from '../../../lib/redis/steward/shared/live-settings';

const NONE = new Set<string>();
const LIMITS = 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60';

describe('a setting', () => {
  it.each([
    ['maxmemory', '100mb', '104857600', true],
    ['maxmemory', '1G', '1000000000', true],
    ['maxmemory', '100mb', '104857601', false],
    ['maxmemory-policy', 'ALLKEYS-LRU', 'allkeys-lru', true],
    ['maxmemory-clients', '5%', '5%', true],
    ['save', '', '', true],
    ['save', '""', '', true],
    ['save', '', '3600 1', false],
    ['save', '3600 1  300 100', '3600 1 300 100', true],
    ['hz', '10', '100', false],
    ['client-output-buffer-limit', 'replica 256mb 64mb 60', LIMITS, true],
    ['client-output-buffer-limit', 'pubsub 32mb 8mb 60 normal 0 0 0', LIMITS, true],
    ['client-output-buffer-limit', 'replica 256mb 64mb 61', LIMITS, false],
    ['client-output-buffer-limit', 'normal 1mb 0 0', LIMITS, false],
  ])('%s is %j where the server says %j: %j', (key, wanted, found, same) => {
    expect(isSet(key, wanted, found, NONE)).toBe(same);
  });

  it('is known by how a server wrote it down', () => {
    const learnt = new Set([learntSetting('notify-keyspace-events', 'KEA', 'AKE')]);
    expect(isSet('notify-keyspace-events', 'KEA', 'AKE', learnt)).toBe(true);
    expect(isSet('notify-keyspace-events', 'KEA', 'AKE', NONE)).toBe(false);
    expect(isSet('notify-keyspace-events', 'KEx', 'AKE', learnt)).toBe(false);
  });

  it('in bytes is the same in any unit', () => {
    const units = { '': 1, b: 1, k: 1_000, kb: 1_024, m: 1e6, mb: 1_024 ** 2, g: 1e9, gb: 1_024 ** 3 };
    const unit = fc.constantFrom(...Object.entries(units));
    fc.assert(
      fc.property(fc.nat(4_000), unit, fc.nat(), (count, [name, factor], other) => {
        const bytes = count * factor;
        expect(isSet('maxmemory', `${count}${name}`, String(bytes), NONE)).toBe(true);
        if (other !== bytes) expect(isSet('maxmemory', `${count}${name}`, String(other), NONE)).toBe(false);
      }),
    );
  });
});
