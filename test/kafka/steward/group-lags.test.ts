import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GroupLags } from '../../../lib/kafka/steward/group-lags';
import { FakeAdmin } from './fake-admin';

const LAG = { group: 'g', topic: 'orders', partition: 0, lag: 3 };

let admin: FakeAdmin;
let failures: string[];
let lags: GroupLags;

beforeEach(() => {
  vi.useFakeTimers();
  admin = new FakeAdmin();
  admin.lags = [LAG];
  failures = [];
  lags = new GroupLags({ admin, onError: (error) => failures.push(error.message) });
});

afterEach(() => {
  lags.stop();
  vi.useRealTimers();
});

const rounds = () => admin.looks.filter((call) => call === 'groupLags').length;

describe('lags of groups', () => {
  it('are of every group', async () => {
    await lags.collect();
    expect(lags.latest).toEqual([LAG]);
    expect(failures).toEqual([]);
  });

  it('are not known after a round that failed', async () => {
    await lags.collect();
    admin.before = () => {
      throw new Error('not now');
    };
    await lags.collect();
    expect(lags.latest).toEqual([]);
    expect(failures).toEqual(['not now']);
  });

  it('are collected every 30 seconds until they are stopped', async () => {
    lags.start();
    lags.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(rounds()).toBe(1);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(rounds()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(rounds()).toBe(2);
    lags.stop();
    await vi.advanceTimersByTimeAsync(90_000);
    expect(rounds()).toBe(2);
    lags.start();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(rounds()).toBe(4);
  });

  it('are never collected twice at a time', async () => {
    let answer = (): void => undefined;
    admin.groupLags = () => {
      admin.looks.push('groupLags');
      return new Promise((resolve) => {
        answer = () => resolve([LAG]);
      });
    };
    lags.start();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(rounds()).toBe(1);
    // A loop that was stopped while it waited does not go on beside the next.
    const first = answer;
    lags.stop();
    lags.start();
    first();
    await vi.advanceTimersByTimeAsync(0);
    answer();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(rounds()).toBe(3);
  });

  it('go on after a failure', async () => {
    admin.before = () => {
      throw new Error('not now');
    };
    lags.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(failures).toHaveLength(1);
    admin.before = () => undefined;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(lags.latest).toEqual([LAG]);
  });
});
