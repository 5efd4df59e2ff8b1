import { killSteward } from '../faults/steward';
import type { Run } from '../harness/run';
import * as scaling from '../quorum/scale-cases';
import type { Numbers } from '../witness/witness';
import { Ensemble, NAME } from './ensemble';

/** One member to three and back, while the steward is killed again and again. */
export function scaleSmall(run: Run): Promise<Numbers> {
  return scaleThrough(run, [1, 3, 1], true);
}

/** Up and down and up again on disks that were kept, while the steward is killed again and again. */
export function scaleThroughAll(run: Run): Promise<Numbers> {
  return scaleThrough(run, [1, 3, 5, 3, 1, 3], true);
}

/** Three to seven and back. */
export function scaleToSeven(run: Run): Promise<Numbers> {
  return scaleThrough(run, [3, 7, 3], false);
}

/** The leader is lost in the middle of growing, and of shrinking. */
export async function scaleWithoutLeader(run: Run): Promise<Numbers> {
  return scaling.scaleWithoutLeader(await new Ensemble(run).form());
}

async function scaleThrough(run: Run, sizes: readonly number[], kill: boolean): Promise<Numbers> {
  const ensemble = new Ensemble(run, { props: { voters: sizes[0] } });
  if (kill) killSteward(run, NAME);
  return scaling.scaleThrough(await ensemble.form(), sizes);
}
