import { isolateNode, quietestNode, stopNode } from '../faults/nodes';
import { killFirstProcess } from '../faults/pods';
import { nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { Ensemble, FORMING, MEMBERS } from './ensemble';

/** A member's machine loses its power and boots again. */
export async function stopMembersNode(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const { witness, members } = await placement(run);
  const node = await quietestNode(
    run,
    [...new Set(members.values())].filter((each) => each !== witness),
  );
  const start = await stopNode(run, node);
  await notReady(run, node);
  await ensemble.witness.writesAgain(60);
  await start();
  return ensemble.finish(FORMING);
}

/** The cable of the leader's machine is pulled: the split brain. The leader goes on running and must not serve. */
export async function isolateLeader(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const { witness, members } = await placement(run);
  let leader = await ensemble.leader();
  if (members.get(leader) === witness) {
    // The witness is to stay with the majority.
    await killFirstProcess(run, leader, 'zookeeper');
    await run.waitFor('another leader', 60, async () => {
      const [pod] = [...(await ensemble.modes())].find(([, mode]) => mode === 'leader') ?? [];
      if (!pod || pod === leader) missing(`leader: ${pod}`);
    });
    leader = await ensemble.leader();
    await ensemble.settled();
  }
  const node = members.get(leader) ?? '';
  const rejoin = await isolateNode(run, node);
  await run.waitFor('another leader', 90, async () => {
    const modes = await ensemble.modesOf(
      [...members].filter(([, place]) => place !== node).map(([pod]) => pod),
    );
    if (![...modes.values()].includes('leader')) missing(JSON.stringify([...modes]));
  });
  await ensemble.witness.writesAgain(60);
  await rejoin();
  return ensemble.finish(FORMING);
}

async function placement({
  cluster,
  namespace,
}: Run): Promise<{ witness: string; members: Map<string, string> }> {
  const pods = await cluster.pods(namespace);
  const members = await cluster.pods(namespace, MEMBERS);
  const witness = pods.find((pod) => nameOf(pod) === 'witness')?.spec?.nodeName ?? '';
  return { witness, members: new Map(members.map((pod) => [nameOf(pod), pod.spec?.nodeName ?? ''])) };
}

async function notReady(run: Run, name: string): Promise<void> {
  await run.waitFor(`${name} not ready`, 60, async () => {
    const { status } = await run.cluster.core.readNode({ name });
    if (status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'))
      missing('it is ready');
  });
}
