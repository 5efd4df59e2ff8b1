import { expect } from 'vitest';
import type { Run } from '../harness/run';
import { openNodes, playOutcomes } from './outcome';
import { quickData, slowData } from './outcomes-data';
import { quickNeeds, slowNeeds } from './outcomes-needs';
import { quickPods, slowPods } from './outcomes-pods';
import { wrong } from './outcomes-wrong';

/** One or two changes for each verdict. */
export async function quickOutcomes(run: Run): Promise<undefined> {
  return playOutcomes(run, [...quickPods, ...quickNeeds, ...quickData], await openNodes(run));
}

/** The other changes. */
export async function outcomes(run: Run): Promise<undefined> {
  const nodes = await openNodes(run);
  return playOutcomes(run, [...slowPods(nodes), ...slowNeeds, ...slowData], nodes);
}

/** What the other cases are worth: what does not come true is noticed. */
export async function wrongOutcomes(run: Run): Promise<undefined> {
  const played = await playOutcomes(run, wrong, await openNodes(run), 25).catch(
    (error: Error) => error.message,
  );
  expect(played).toMatch(/^of 5 outcomes:/);
  expect(played).toMatch(/^replaced: .*"kept":0,"gone":1,"came":1.*, not .*"kept":1,"gone":0/m);
  expect(played).toMatch(/^interrupted: what the plan said: .*"fewest":0.*, not .*"fewest":1/m);
  expect(played).toMatch(
    /^lost: what the plan said: .* claims: {"data-lost-0":"gone"}, not {"data-lost-0":"kept"}/m,
  );
  expect(played).toMatch(/^nothing-done: .* what is to be seen is seen before the change/m);
  expect(played).toMatch(/^otherwise: the plan says \[\s+"rolling-restart: /m);
  return undefined;
}
