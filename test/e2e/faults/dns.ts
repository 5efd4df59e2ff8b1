import { nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing, SECOND, sleep } from '../harness/wait';
import type { PodWitness } from '../witness/pod';
import type { Numbers } from '../witness/witness';
import { deletePod } from './pods';
import { breakUntil } from './reference-cluster';

const DNS = { namespace: 'kube-system', labelSelector: 'k8s-app=kube-dns' };

/** How long names mean nothing, in seconds. */
const OUTAGE = 120;

/** Nobody's names are answered for, as if the packets were lost, until the function that this gives is called. */
async function cutDns(run: Run): Promise<() => Promise<void>> {
  const pods = await run.cluster.pods(DNS.namespace, DNS.labelSelector);
  if (pods.length === 0) throw new Error(`no pod with ${DNS.labelSelector} in ${DNS.namespace}`);
  const heals: (() => Promise<void>)[] = [];
  for (const pod of pods) {
    const heal = await breakUntil('pod', 'cut', 'heal', `${DNS.namespace}/${nameOf(pod)}`);
    run.onEnd(heal);
    heals.push(heal);
  }
  return async () => {
    await Promise.all(heals.map((heal) => heal()));
  };
}

/** What loses DNS. */
interface Nameless {
  readonly run: Run;
  readonly witness: PodWitness;
  finish(): Promise<Numbers>;
}

/**
 * DNS answers nobody for two minutes, in which a pod is deleted, and comes back where it knows nobody. `unharmed` tells what
 * must be as it was before.
 */
export async function loseDns(
  subject: Nameless,
  victim: string,
  unharmed: () => Promise<unknown>,
): Promise<Numbers> {
  const { run } = subject;
  const before = JSON.stringify(await unharmed());
  const heal = await cutDns(run);
  await sleep((OUTAGE / 4) * SECOND);
  await deletePod(run, victim);
  await sleep((OUTAGE / 4) * 3 * SECOND);
  await heal();
  await run.waitFor('names to be answered for', 60, async () => {
    const { code, stderr } = await run.cluster.exec(run.namespace, 'witness', [
      'node',
      '-e',
      'require("dns").lookup("kubernetes.default.svc", (e) => { if (e) { console.error(e.message); process.exit(1); } })',
    ]);
    if (code !== 0) missing(stderr);
  });
  const numbers = await subject.finish();
  const after = JSON.stringify(await unharmed());
  if (after !== before) return run.fail(`it was ${before}, and is ${after}`);
  return numbers;
}
