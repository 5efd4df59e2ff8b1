import type { Outcome } from './outcome';
import * as o from './outcome-objects';

const untouched = { kept: 1, gone: 0, came: 0, fewest: 1 };
const replaced = o.deployment('replaced');
const interrupted = o.deployment('interrupted', { strategy: { type: 'Recreate' } });
const nothingDone = o.deployment('nothing-done');
const lost = o.store('lost', { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } });
const otherwise = o.deployment('otherwise');

/** Outcomes that are not what comes. */
export const wrong: readonly Outcome[] = [
  {
    name: 'replaced',
    before: [replaced],
    after: [o.newer(replaced)],
    says: ['rolling-restart'],
    seen: { pods: untouched, sees: async (scene) => void (await scene.observed(replaced, 2)) },
  },
  {
    name: 'interrupted',
    before: [interrupted],
    after: [o.newer(interrupted)],
    says: ['outage'],
    seen: { pods: { kept: 0, gone: 1, came: 1, fewest: 1 } },
  },
  {
    name: 'lost',
    before: [lost],
    after: [],
    says: ['data-lost'],
    seen: { pods: { kept: 0, gone: 1, came: 0 }, claims: { 'data-lost-0': 'kept' } },
  },
  {
    name: 'nothing-done',
    before: [nothingDone],
    after: [{ ...nothingDone, metadata: { name: 'nothing-done', labels: { chart: 'web-2' } } }],
    says: ['nothing'],
    seen: { pods: untouched },
  },
  {
    name: 'otherwise',
    before: [otherwise],
    after: [o.newer(otherwise)],
    says: ['nothing'],
    seen: { pods: untouched },
  },
];
