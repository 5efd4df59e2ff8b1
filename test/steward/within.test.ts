import { describe, expect, it } from 'vitest';
import { NowAndThen, TooLate, within } from '../../lib/steward/within';

const later = <T>(ms: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(() => resolve(value), ms).unref());

describe('within some time', () => {
  it('comes what is quick enough', async () => {
    expect(await within(1_000, later(1, 'answer'))).toBe('answer');
    await expect(within(1_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  it('nothing comes that takes longer', async () => {
    const late = within(10, later(10_000, 'answer'));
    await expect(late).rejects.toBeInstanceOf(TooLate);
    await expect(late).rejects.toThrow('no answer within 10 ms');
  });
});

describe('what is asked for now and then', () => {
  it('is known until its time has come', async () => {
    let now = 0;
    let count = 0;
    const seldom = new NowAndThen<number>(100, () => now);
    const ask = () => seldom.get(async () => ++count);
    expect([await ask(), await ask()]).toEqual([1, 1]);
    now = 100;
    expect(await ask()).toBe(2);
  });

  it('stays what it was while it cannot be asked for, and is not asked for again at once', async () => {
    let now = 0;
    let asked = 0;
    const seldom = new NowAndThen<string>(100, () => now);
    const fail = async () => {
      asked++;
      throw new Error('nobody answers');
    };
    expect(await seldom.get(fail)).toBeUndefined();
    expect(await seldom.get(async () => 'known')).toBeUndefined();
    now = 100;
    expect(await seldom.get(async () => 'known')).toBe('known');
    now = 200;
    expect(await seldom.get(fail)).toBe('known');
    expect(asked).toBe(2);
  });

  it('can be told, or be asked for anew', async () => {
    const seldom = new NowAndThen<string>(100, () => 0);
    seldom.set('told');
    expect(await seldom.get(async () => 'asked')).toBe('told');
    seldom.set();
    expect(await seldom.get(async () => 'asked')).toBe('asked');
  });
});
