import { deleteAllPods, loseVolume, podNames } from '../faults/pods';
import { fillVolume } from '../faults/volumes';
import { isReady, nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing, SECOND, sleep } from '../harness/wait';
import * as scaling from '../quorum/scale-cases';
import type { Numbers } from '../witness/witness';
import { Ensemble, FORMING, MEMBERS, NAME } from './ensemble';

/** A follower comes back with an empty disk, then the leader. */
export async function loseVolumes(run: Run): Promise<Numbers> {
  return scaling.loseVolumes(await new Ensemble(run).form());
}

/**
 * All disks but the leader's are lost: nothing is founded beside what is left, and nothing is written over it. Then that
 * one is lost as well: nothing is founded in place of what was there either, until somebody says so.
 */
export async function loseMajority(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const numbers = await ensemble.finish();
  const leader = await ensemble.leader();
  const others = (await podNames(run, MEMBERS)).filter((pod) => pod !== leader);
  for (const pod of others) await loseVolume(run, pod, `data-${pod}`);
  await ensemble.says({ doing: /^Healing: no leader serves: / });
  const before = await files(run, leader);
  if (!/snapshot\./.test(before)) return run.fail(`${leader} has no snapshot: ${before}`);
  await nothingServes(ensemble);
  await run.cluster.core.deleteNamespacedPod({
    namespace: run.namespace,
    name: leader,
    gracePeriodSeconds: 0,
  });
  await run.waitFor(`${leader} to run again`, 60, async () => {
    if (!(await files(run, leader))) missing('it does not run');
  });
  await nothingServes(ensemble);
  const after = await files(run, leader);
  const changed = before.split('\n').filter((line) => !after.includes(line));
  if (changed.length > 0) return run.fail(`what ${leader} held has changed: ${changed}`);

  await run.cluster.exec(run.namespace, leader, ['bash', '-c', 'rm -rf /data/*'], 'zookeeper');
  for (const pod of others) {
    const claim = { namespace: run.namespace, name: `data-${pod}` };
    await run.cluster.core.deleteNamespacedPersistentVolumeClaim(claim);
  }
  await deleteAllPods(run, MEMBERS);
  await ensemble.says({
    doing: /the disks of all members are empty: its data is gone/,
    todo: /restore a backup into a cluster of another name.*delete the ConfigMap that marks this cluster as formed/s,
  });
  await nothingServes(ensemble);
  // What the status says is to be done to start anew.
  await run.cluster.core.deleteNamespacedConfigMap({ namespace: run.namespace, name: `${NAME}-formed` });
  await ensemble.settled(FORMING);
  return numbers;
}

/** Nobody leads, for longer than it would take to found an ensemble. */
async function nothingServes(ensemble: Ensemble): Promise<void> {
  for (let look = 0; look < 5; look++) {
    const modes = await ensemble.modes();
    if ([...modes.values()].some((mode) => mode !== 'not serving'))
      await ensemble.run.fail(`it serves without its data: ${JSON.stringify([...modes])}`);
    await sleep(3 * SECOND);
  }
}

/** Checksums of what a member holds; empty while it does not run. */
async function files({ cluster, namespace }: Run, pod: string): Promise<string> {
  const sum = 'cd /data/version-2 && find . -name "snapshot.*" -exec md5sum {} + ; md5sum log.* | sort';
  return cluster.exec(namespace, pod, ['bash', '-c', sum], 'zookeeper').then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
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
  // A server whose disk is full still votes, and an election with it may cost the time that a leader waits (initLimit).
  await ensemble.witness.writesAgain(200);
  await free();
  return ensemble.finish();
}
