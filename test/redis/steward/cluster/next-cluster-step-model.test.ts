import { describe, expect, it } from 'vitest';
import { SCENARIOS, walkAll } from './cluster-scenarios';

describe('a Redis Cluster and its steward, on a few random ways', () => {
  it.each(Object.entries(SCENARIOS))('%s: loses nothing, and ends as it is wanted', (_, scenario) => {
    const { rests, waits } = walkAll(scenario, 1, 2);
    expect(rests + waits).toBe(2);
  });
});
