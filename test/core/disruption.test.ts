import { describe, expect, it } from 'vitest';
import { disruptionBudget } from '../../lib/core/disruption';

describe('disruptionBudget', () => {
  it.each([
    [1, undefined],
    [2, undefined],
    [3, 1],
    [4, 1],
    [5, 1],
    [6, 1],
    [7, 2],
  ])('%i voters can spare %s', (voters, budget) => {
    expect(disruptionBudget(voters)).toBe(budget);
  });

  it('always leaves a majority, and one failure more from five voters on', () => {
    for (let voters = 3; voters <= 99; voters++) {
      const left = voters - (disruptionBudget(voters) ?? Number.NaN);
      const majority = Math.floor(voters / 2) + 1;
      expect(left).toBeGreaterThanOrEqual(majority + (voters >= 5 ? 1 : 0));
      expect(left).toBeLessThan(voters);
    }
  });
});
