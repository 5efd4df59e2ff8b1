import { describe, expect, it } from 'vitest';
import { becomes, insist } from '../../../lib/etcd/steward/insist';

const patience = { forMs: 60, pauseMs: 5 };
const never = async () => false;

/** Fails with these, one after the other, and then no more. */
function failing(...errors: string[]) {
  let calls = 0;
  const attempt = async () => {
    const error = errors[calls++];
    if (error) throw new Error(error);
  };
  return { attempt, calls: () => calls };
}

describe('to insist', () => {
  it.each([
    'etcdserver: unhealthy cluster',
    'etcdserver: can only promote a learner member which is in sync with leader',
    'etcdserver: leader changed',
    'etcdserver: no leader',
  ])('is to try again after %s', async (error) => {
    const { attempt, calls } = failing(error, error);
    await insist(attempt, never, patience);
    expect(calls()).toBe(3);
  });

  it('ends with any other error at once', async () => {
    const { attempt, calls } = failing('etcdserver: Peer URLs already exists');
    await expect(insist(attempt, never, patience)).rejects.toThrow('Peer URLs already exists');
    expect(calls()).toBe(1);
  });

  it('ends with the last error once the time is over', async () => {
    const attempt = async () => {
      throw new Error('etcdserver: unhealthy cluster');
    };
    await expect(insist(attempt, never, patience)).rejects.toThrow('unhealthy cluster');
  });

  it('is done where only the answer was lost', async () => {
    const { attempt, calls } = failing('socket hang up');
    await insist(attempt, async () => true, patience);
    expect(calls()).toBe(1);
  });

  it('tells why it failed, and not why nobody can tell whether it did', async () => {
    const { attempt } = failing('socket hang up');
    const done = async () => {
      throw new Error('connect ECONNREFUSED');
    };
    await expect(insist(attempt, done, patience)).rejects.toThrow('socket hang up');
  });
});

describe('something becomes so', () => {
  it('after some looks, of which some fail', async () => {
    let looks = 0;
    const look = async () => {
      if (++looks === 2) throw new Error('no answer');
      return looks > 3;
    };
    expect(await becomes(look, patience)).toBe(true);
    expect(looks).toBe(4);
  });

  it('or not in time', async () => {
    expect(await becomes(never, patience)).toBe(false);
  });
});
