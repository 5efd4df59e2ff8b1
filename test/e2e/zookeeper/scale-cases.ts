import { killSteward } from '../faults/steward';
import { Departures } from '../harness/departures';
import type { Run } from '../harness/run';
import type { Numbers } from '../witness/witness';
import { Ensemble, MEMBERS, NAME } from './ensemble';

/** Seconds that a change of the size may take. */
const SCALING = 300;

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
  const ensemble = await new Ensemble(run).form();
  for (const [voters, membership, doing] of [
    [5, '1 2 3 4 5', /^Growing/],
    [3, '1 2 3', /^Shrinking/],
  ] as const) {
    await ensemble.apply({ voters });
    await ensemble.says({ doing });
    const name = await ensemble.leader();
    await run.cluster.core.deleteNamespacedPod({ namespace: run.namespace, name, gracePeriodSeconds: 0 });
    console.log(`${run.name}: ${name} was lost while it was ${(await ensemble.status()).doing}`);
    await ensemble.settled(SCALING);
    await ensemble.expectMembership(membership);
    await ensemble.witness.writesAgain(30);
  }
  return ensemble.finish();
}

async function scaleThrough(run: Run, [first, ...sizes]: number[], kill: boolean): Promise<Numbers> {
  const ensemble = new Ensemble(run, { props: { voters: first } });
  if (kill) killSteward(run, NAME);
  await ensemble.form();
  const left: Promise<string | undefined>[] = [];
  const departures = await Departures.watch(run, MEMBERS, (pod) => left.push(stillListed(ensemble, pod)));
  for (const voters of sizes) {
    await ensemble.apply({ voters });
    await ensemble.settled(SCALING);
    await ensemble.expectMembership(range(voters));
    await ensemble.witness.writesAgain(30);
  }
  const numbers = await ensemble.finish();
  departures.stop();
  const early = (await Promise.all(left)).filter(Boolean);
  if (early.length > 0) return run.fail(early.join('; '));
  const gone = [first, ...sizes].reduce(
    (sum, size, index, all) => sum + Math.max(0, (all[index - 1] ?? size) - size),
    0,
  );
  const order = departures.all.map(({ pod }) => pod);
  if (order.length !== gone) return run.fail(`${order.length} pods ended, not ${gone}: ${order}`);
  return numbers;
}

/** Why a pod must not end now; undefined when it may. */
async function stillListed(ensemble: Ensemble, pod: string): Promise<string | undefined> {
  const membership = await ensemble.membership();
  const id = pod.slice(NAME.length + 1);
  return membership === 'unknown' || membership.split(' ').includes(id)
    ? `${pod} ended while the membership was ${membership}`
    : undefined;
}

function range(size: number): string {
  return Array.from({ length: size }, (_, index) => index + 1).join(' ');
}
