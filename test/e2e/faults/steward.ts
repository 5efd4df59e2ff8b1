import { nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { sleep } from '../harness/wait';

const MIN_MS = 3_000;
const MAX_MS = 10_000;

/** Label selector of the steward of an ensemble. */
export function stewardOf(cluster: string): string {
  return `cdk8s-stateful/cluster=${cluster},cdk8s-stateful/component=steward`;
}

/**
 * Deletes the steward's pod without grace 3 to 10 seconds after it has taken the lease, again and again, until the function
 * that this gives is called or the case is over. One time in four it does not wait for the lease: a steward that was killed
 * keeps it for 15 seconds, which no successor would ever outlive otherwise. All follows from E2E_SEED, which is logged.
 */
export function killSteward(run: Run, cluster: string): () => Promise<number> {
  const seed = Number(process.env.E2E_SEED ?? Math.floor(Math.random() * 1e9));
  const random = mulberry32(seed);
  console.log(`${run.name}: the steward is killed again and again, E2E_SEED=${seed}`);
  let kills = 0;
  let stopped = false;
  const { core } = run.cluster;
  const { namespace } = run;
  const loop = async () => {
    while (!stopped) {
      const delay = MIN_MS + random() * (MAX_MS - MIN_MS);
      const patient = random() < 0.75;
      while (patient && !stopped && !(await atWork(run, cluster))) await sleep(500);
      const until = performance.now() + delay;
      while (performance.now() < until && !stopped) await sleep(100);
      for (const name of stopped ? [] : await alive(run, cluster)) {
        // One that is gone has been replaced by somebody else.
        await core
          .deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 })
          .then(() => kills++)
          .catch(() => undefined);
      }
    }
  };
  const over = loop().catch((error) => console.error(`${run.name}: the steward's killer: ${error}`));
  const stop = async () => {
    stopped = true;
    await over;
    return kills;
  };
  run.onEnd(async () => {
    console.log(`${run.name}: the steward was killed ${await stop()} times`);
  });
  return stop;
}

async function alive({ cluster, namespace }: Run, ensemble: string): Promise<string[]> {
  const pods = await cluster.pods(namespace, stewardOf(ensemble));
  return pods.filter((pod) => !pod.metadata?.deletionTimestamp).map(nameOf);
}

/** Whether a steward that is there holds the lease. */
async function atWork(run: Run, ensemble: string): Promise<boolean> {
  const holder = await stewardInOffice(run, ensemble);
  return (await alive(run, ensemble)).includes(holder);
}

/** Name of the pod that holds the lease; empty where nobody does. */
export async function stewardInOffice({ cluster, namespace }: Run, ensemble: string): Promise<string> {
  const metadata = { name: `${ensemble}-steward`, namespace };
  const lease = await cluster.read({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata });
  return (lease?.spec.holderIdentity ?? '').split('_')[0];
}

/** Numbers from 0 to 1 that follow from a seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
