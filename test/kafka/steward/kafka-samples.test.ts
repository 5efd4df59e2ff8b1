import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KafkaSamples } from '../../../lib/kafka/steward/kafka-samples';
import { FakeAdmin } from './fake-admin';

const LAG = { group: 'g', topic: 'orders', partition: 0, lag: 3 };

let admin: FakeAdmin;
let failures: string[];
let samples: KafkaSamples;

beforeEach(() => {
  vi.useFakeTimers();
  admin = new FakeAdmin();
  admin.put('orders', [[0, 1]]);
  admin.lags = [LAG];
  failures = [];
  samples = new KafkaSamples({
    admin,
    brokers: () => [0, 1, 2],
    onError: (what, error) => failures.push(`${what}: ${error.message}`),
  });
});

afterEach(() => {
  samples.stop();
  vi.useRealTimers();
});

const rounds = () => admin.looks.filter((call) => call === 'groupLags').length;

describe('samples', () => {
  it('are of every broker and every group', async () => {
    await samples.collect();
    const bytes = [...samples.logDirs].map(([id, [dir]]) => [
      id,
      dir.replicas.map(({ sizeBytes }) => sizeBytes),
    ]);
    expect(bytes).toEqual([
      [0, [1_000]],
      [1, [1_000]],
      [2, []],
    ]);
    expect(samples.lags).toEqual([LAG]);
    expect(samples.errors).toBe(0);
  });

  it('are without what failed, and count it', async () => {
    await samples.collect();
    admin.stop(1);
    admin.before = (call) => {
      if (call === 'groupLags') throw new Error('not now');
    };
    await samples.collect();
    expect([...samples.logDirs.keys()]).toEqual([0, 2]);
    expect(samples.lags).toEqual([]);
    expect(samples.errors).toBe(2);
    expect(failures.sort()).toEqual([
      'lags of groups: not now',
      'log directories of broker 1: broker 1 does not answer',
    ]);
  });

  it('are collected every 30 seconds until they are stopped', async () => {
    samples.start();
    samples.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(rounds()).toBe(1);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(rounds()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(rounds()).toBe(2);
    samples.stop();
    await vi.advanceTimersByTimeAsync(90_000);
    expect(rounds()).toBe(2);
    samples.start();
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
    samples.start();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(rounds()).toBe(1);
    // A loop that was stopped while it waited does not go on beside the next.
    const first = answer;
    samples.stop();
    samples.start();
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
    samples.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(samples.errors).toBe(4);
    admin.before = () => undefined;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(samples.lags).toEqual([LAG]);
  });
});
