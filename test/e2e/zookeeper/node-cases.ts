import { drain, isolateNode } from '../faults/nodes';
import { killFirstProcess } from '../faults/pods';
import { Departures } from '../harness/departures';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import * as nodes from '../quorum/node-cases';
import type { Numbers } from '../witness/witness';
import { Ensemble, FORMING, MEMBERS } from './ensemble';

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

/** Two machines are drained at the same time: the second member goes only when the first one is back. */
export async function drainTwo(run: Run): Promise<Numbers> {
  // kubectl drains all namespaces, so the label of this case's members alone: others have ensembles of the same name.
  const props = { podOverrides: { metadata: { labels: { drain: run.name } } } };
  const ensemble = await new Ensemble(run, { props }).form();
  const { members } = await nodes.placement(ensemble);
  const places = [...new Set(members.values())].slice(0, 2);
  if (places.length < 2) return run.fail(`all members are on ${places}`);
  const departures = await Departures.watch(run, MEMBERS);
  const drains = places.map((node) => drain(run, node, `${MEMBERS},drain=${run.name}`));
  await run.waitFor('the first member to be evicted', 30, async () => {
    if (departures.all.length === 0) missing('none is');
  });
  await ensemble.says({ doing: /cannot run: not scheduled/ }, 60);
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const gone = departures.all.map(({ pod }) => pod);
  if (gone.length !== 1) return run.fail(`the drains took ${gone} away, not one member`);
  await ensemble.witness.writesAgain(30);
  const first = places.indexOf(members.get(gone[0]) ?? '');
  await drains[first].done;
  await drains[first].uncordon();
  await drains[1 - first].done;
  await drains[1 - first].uncordon();
  const numbers = await ensemble.finish(FORMING);
  departures.stop();
  if (departures.overlapping.length > 0) return run.fail(departures.overlapping.join('; '));
  return numbers;
}
