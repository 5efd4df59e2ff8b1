import { loseDns as loseNames } from '../faults/dns';
import { drainInTurn, notReady, quietestNode, stopNode } from '../faults/nodes';
import { deleteAllPods, evict, killFirstProcess, podNames } from '../faults/pods';
import { nameOf } from '../harness/cluster';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { CONTAINER, type Deployment, FORMING, MEMBERS, ROLLING, SERVERS } from './deployment';

/** All servers, and Sentinels, lose their pods at the same moment: the power cut. */
export async function deleteAll(subject: Deployment): Promise<Numbers> {
  await deleteAllPods(subject.run, MEMBERS);
  return subject.finish({ deadline: ROLLING });
}

/** A master is deleted without any grace. */
export async function deleteMaster(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const [name] = await subject.serversAs('master');
  await run.cluster.core.deleteNamespacedPod({ namespace: run.namespace, name, gracePeriodSeconds: 0 });
  return subject.finish();
}

/** A master's server ends by itself; its container restarts in the same pod, where no gate runs. */
export async function killMaster(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const [master] = await subject.serversAs('master');
  await killFirstProcess(run, master, CONTAINER);
  await run.waitFor(`a restart of ${master}`, 120, async () => {
    const pod = (await run.cluster.pods(run.namespace, SERVERS)).find((each) => nameOf(each) === master);
    const restarts = pod?.status?.containerStatuses?.find(({ name }) => name === CONTAINER)?.restartCount;
    if (!restarts) missing('its container has not restarted');
  });
  return subject.finish();
}

/** A drain takes one server; the budget refuses the second of the same shard while the first is away. */
export async function evictTwo(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const pods = await podNames(run, SERVERS);
  const [first, second] = pods.filter((pod) => pod.replace(/-\d+$/, '') === pods[0].replace(/-\d+$/, ''));
  const granted = await evict(run, first);
  if (granted.refused) return run.fail(`the eviction of ${first} was refused: ${granted.refused}`);
  const { refused } = await evict(run, second);
  if (!refused)
    return run.fail(`the eviction of ${second} was granted while ${first} was away: no budget forbade it`);
  return subject.finish({ planned: true });
}

/** Two machines with servers are drained at the same time, one of them the master's. */
export async function drainTwo(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const pods = await run.cluster.pods(run.namespace, SERVERS);
  const [master] = await subject.serversAs('master');
  const nodes = pods
    .sort((a, b) => Number(nameOf(b) === master) - Number(nameOf(a) === master))
    .map(({ spec }) => spec?.nodeName ?? '');
  return drainInTurn({ run, selector: SERVERS, nodes, away: () => subject.witness.writesAgain(30) }, () =>
    subject.finish({ planned: true }),
  );
}

/** Names mean nothing for two minutes, in which a replica is deleted; masters stay what they are. */
export async function loseDns(subject: Deployment): Promise<Numbers> {
  const [replica] = await subject.serversAs('replica');
  return loseNames(subject, replica, () => subject.serversAs('master'));
}

/** The machine of a master loses its power and boots again. */
export async function stopMastersNode(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const pods = await run.cluster.pods(run.namespace);
  const nodeOf = (name: string) => pods.find((pod) => nameOf(pod) === name)?.spec?.nodeName ?? '';
  const masters = (await subject.serversAs('master')).map(nodeOf);
  const node = await quietestNode(
    run,
    [...new Set(masters)].filter((each) => each !== nodeOf('witness')),
  ).catch(() => masters[0]);
  const start = await stopNode(run, node);
  await notReady(run, node);
  await subject.witness.writesAgain(90);
  await start();
  return subject.finish({ deadline: FORMING + ROLLING });
}
