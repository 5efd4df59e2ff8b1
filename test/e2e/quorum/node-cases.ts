import { loseDns as loseNames } from '../faults/dns';
import { drainInTurn, notReady, quietestNode, stopNode } from '../faults/nodes';
import { nameOf } from '../harness/cluster';
import type { Numbers } from '../witness/witness';
import type { QuorumSubject } from './quorum-subject';

/** A member's machine loses its power and boots again. */
export async function stopMembersNode(subject: QuorumSubject, forming: number): Promise<Numbers> {
  const { run } = subject;
  const { witness, members } = await placement(subject);
  const node = await quietestNode(
    run,
    [...new Set(members.values())].filter((each) => each !== witness),
  );
  const start = await stopNode(run, node);
  await notReady(run, node);
  await subject.witness.writesAgain(60);
  await start();
  return subject.finish(forming);
}

/** Two machines with members are drained at the same time. The members carry the labels of this case. */
export async function drainTwo(subject: QuorumSubject, forming: number): Promise<Numbers> {
  const { members } = await placement(subject);
  const { run, members: selector } = subject;
  const away = async () => {
    await subject.says({ doing: /cannot run: not scheduled/ }, 60);
    await subject.witness.writesAgain(30);
  };
  return drainInTurn({ run, selector, nodes: [...members.values()], away }, () => subject.finish(forming));
}

/** Names mean nothing for two minutes, in which a follower is deleted; nobody loses the place in the membership. */
export async function loseDns(subject: QuorumSubject): Promise<Numbers> {
  const [follower] = await subject.followers();
  return loseNames(subject, follower, async () => [...((await subject.listed()) ?? [])].sort());
}

/** The nodes on which the witness runs, and each member. */
export async function placement({
  members: selector,
  run: { cluster, namespace },
}: QuorumSubject): Promise<{ witness: string; members: Map<string, string> }> {
  const pods = await cluster.pods(namespace);
  const members = await cluster.pods(namespace, selector);
  const witness = pods.find((pod) => nameOf(pod) === 'witness')?.spec?.nodeName ?? '';
  return { witness, members: new Map(members.map((pod) => [nameOf(pod), pod.spec?.nodeName ?? ''])) };
}
