import { isolateNode, ofThisCase } from '../faults/nodes';
import { killFirstProcess } from '../faults/pods';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import * as nodes from '../quorum/node-cases';
import type { Numbers } from '../witness/witness';
import { Ensemble, FORMING } from './ensemble';

/** A member's machine loses its power and boots again. */
export async function stopMembersNode(run: Run): Promise<Numbers> {
  return nodes.stopMembersNode(await new Ensemble(run).form(), FORMING);
}

/** The cable of the leader's machine is pulled: the split brain. The leader goes on running and must not serve. */
export async function isolateLeader(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const { witness, members } = await nodes.placement(ensemble);
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

/** Names mean nothing for two minutes. */
export async function loseDns(run: Run): Promise<Numbers> {
  return nodes.loseDns(await new Ensemble(run).form());
}

/** Two machines are drained at the same time: the second member goes only when the first one is back. */
export async function drainTwo(run: Run): Promise<Numbers> {
  const props = { podOverrides: ofThisCase(run) };
  return nodes.drainTwo(await new Ensemble(run, { props }).form(), FORMING);
}
