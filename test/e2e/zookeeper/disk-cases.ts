import { loseVolume } from '../faults/pods';
import { fillVolume } from '../faults/volumes';
import { isReady, nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { Ensemble, MEMBERS } from './ensemble';

/** A follower comes back with an empty disk, then the leader. */
export async function loseVolumes(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const [follower] = await ensemble.followers();
  for (const member of [follower, undefined]) {
    const pod = member ?? (await ensemble.leader());
    const claim = `data-${pod}`;
    const before = await volumeOf(run, claim);
    await loseVolume(run, pod, claim);
    await run.waitFor(`a new volume for ${pod}`, 60, async () => {
      const volume = await volumeOf(run, claim);
      if (!volume || volume === before) missing(`${claim} has ${volume ?? 'none'}`);
    });
    await ensemble.settled();
  }
  return ensemble.finish();
}

/** The leader's volume fills up. The others go on, and it comes back once there is room. */
export async function fillLeader(run: Run): Promise<Numbers> {
  // Room is taken in small pieces and used up fast, so that the server notices within seconds.
  const props = { configuration: { preAllocSize: 64 } };
  const ensemble = await new Ensemble(run, { props, witness: { recordBytes: 4000 } }).form();
  const leader = await ensemble.leader();
  const pod = (await run.cluster.pods(run.namespace, MEMBERS)).find((each) => nameOf(each) === leader);
  const free = await fillVolume(run, `data-${leader}`, pod?.spec?.nodeName ?? '');
  await run.waitFor(`${leader} to stop serving with its volume full`, 60, async () => {
    const member = (await run.cluster.pods(run.namespace, MEMBERS)).find((each) => nameOf(each) === leader);
    if (member && isReady(member)) missing('it is ready');
  });
  await ensemble.witness.writesAgain(60);
  await free();
  return ensemble.finish();
}

async function volumeOf({ cluster, namespace }: Run, claim: string): Promise<string | undefined> {
  const { items } = await cluster.core.listNamespacedPersistentVolumeClaim({ namespace });
  return items.find((each) => nameOf(each) === claim)?.spec?.volumeName;
}
