import { describe, expect, test } from 'vitest';
import { compare, Ledger } from './ledger';

describe('ledger', () => {
  test('keeps ranges of what was acknowledged, in any order', () => {
    const ledger = new Ledger();
    for (const record of [3, 1, 2, 7, 5, 6]) ledger.acknowledge(record);
    expect(ledger.ranges).toBe('1-3,5-7');
    expect(ledger.count).toBe(6);
  });

  test('gaps begin with the first write and include the time since the last one', () => {
    let now = 1000;
    const ledger = new Ledger(() => now);
    expect(ledger.longestGapMs).toBe(0);
    ledger.acknowledge(1);
    now = 1500;
    ledger.acknowledge(2);
    now = 1600;
    ledger.acknowledge(3);
    expect(ledger.longestGapMs).toBe(500);
    expect(ledger.gapsMs).toBe(500);
    now = 3600;
    expect(ledger.longestGapMs).toBe(2000);
    expect(ledger.gapsMs).toBe(2500);
  });

  test('acknowledged and not found is lost; found and not acknowledged is not', () => {
    expect(compare('1-3,5-6', new Set([1, 2, 4, 5]))).toEqual({
      acknowledged: 5,
      found: 4,
      lost: 2,
      missing: [3, 6],
    });
    expect(compare('', new Set([1]))).toEqual({ acknowledged: 0, found: 1, lost: 0, missing: [] });
  });
});
