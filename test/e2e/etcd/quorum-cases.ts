import { Size } from 'cdk8s';
import { EtcdVersion } from '../../../lib';
import { ofThisCase } from '../faults/nodes';
import { killSteward } from '../faults/steward';
import type { Run } from '../harness/run';
import * as changes from '../quorum/change-cases';
import * as nodes from '../quorum/node-cases';
import * as pods from '../quorum/pod-cases';
import * as scaling from '../quorum/scale-cases';
import type { Numbers } from '../witness/witness';
import { FORMING, Members, type MembersOptions, NAME } from './members';

const formed = (run: Run, options?: MembersOptions): Promise<Members> => new Members(run, options).form();

/** Resources, quota and image: what one apply changes of all members. */
const EVERYTHING = {
  version: EtcdVersion.V3_6_14,
  quota: Size.mebibytes(80),
  memory: Size.mebibytes(380),
  cpu: '60m',
};

/** 3.5 to 3.6 of all members in one apply, while the steward is killed again and again. */
export async function upgrade(run: Run): Promise<Numbers> {
  const members = new Members(run, { props: { version: EtcdVersion.V3_5_33 } });
  killSteward(run, NAME);
  return changeEverything(await members.form());
}

/** The same without any other fault, for the gap. */
export async function upgradeUndisturbed(run: Run): Promise<Numbers> {
  return changeEverything(await formed(run, { props: { version: EtcdVersion.V3_5_33 } }));
}

/** The same by Kubernetes alone, which goes by ordinals. */
export async function upgradeWithoutSteward(run: Run): Promise<Numbers> {
  const members = await formed(run, { props: { version: EtcdVersion.V3_5_33, operations: 'none' } });
  await members.apply(EVERYTHING);
  await members.settled(changes.ROLLING);
  await expectEverything(members);
  return members.finish();
}

async function changeEverything(members: Members): Promise<Numbers> {
  const numbers = await changes.rollThrough(members, () => members.apply(EVERYTHING));
  await expectEverything(members);
  return numbers;
}

async function expectEverything(members: Members): Promise<void> {
  await changes.expectImage(members, EVERYTHING.version.image);
  for (const { name, version } of await members.say()) {
    if (version !== EVERYTHING.version.version) await members.run.fail(`${name} says it is ${version}`);
  }
}

/** A jump of two minors is not begun, and the steward says why. */
export async function refusedUpgrade(run: Run): Promise<Numbers> {
  const members = await formed(run, { props: { version: EtcdVersion.V3_5_33 } });
  await members.apply({ version: EtcdVersion.custom('3.7.0', EtcdVersion.V3_6_14.image) });
  await members.says({ doing: /^Rolling: .*3\.5\.33.*3\.7\.0/s, todo: /3\.6/ });
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await changes.expectImage(members, EtcdVersion.V3_5_33.image);
  await members.apply({ version: EtcdVersion.V3_5_33 });
  return members.finish();
}

/** An image that cannot be pulled stops the roll at its first member; a revert takes it back. */
export async function brokenImage(run: Run): Promise<Numbers> {
  const members = new Members(run);
  killSteward(run, NAME);
  await members.form();
  return changes.brokenImage(
    members,
    () => members.apply({ image: 'gcr.io/etcd-development/etcd:v3.6.none' }),
    () => members.apply({ image: undefined }),
  );
}

/** 3 to 5, 3, 1 and 3 again on disks that were kept, while the steward is killed again and again. */
export async function scaleThrough(run: Run): Promise<Numbers> {
  const members = new Members(run);
  killSteward(run, NAME);
  return scaling.scaleThrough(await members.form(), [3, 5, 3, 1, 3]);
}

/** The leader is lost in the middle of growing, and of shrinking. */
export async function scaleWithoutLeader(run: Run): Promise<Numbers> {
  return scaling.scaleWithoutLeader(await formed(run));
}

/** A follower comes back with an empty disk, then the leader. */
export async function loseVolumes(run: Run): Promise<Numbers> {
  return scaling.loseVolumes(await formed(run));
}

/** The same manifests are applied again, and nothing changes. */
export async function applyTwice(run: Run): Promise<Numbers> {
  return changes.applyTwice(await formed(run, { props: { authentication: {} }, witness: { login: true } }));
}

/** Everything but the claims is removed and installed again under the same name. */
export async function reinstall(run: Run): Promise<Numbers> {
  return changes.reinstall(await formed(run));
}

/** The leader's pod is deleted, as by hand or by a controller. */
export async function deleteLeader(run: Run): Promise<Numbers> {
  return pods.deleteLeader(await formed(run));
}

/** All members lose their pods at the same moment: the power cut. */
export async function deleteAll(run: Run): Promise<Numbers> {
  return pods.deleteAll(await formed(run));
}

/** The network of the leader's pod is gone for two minutes, then it comes back. */
export async function cutLeader(run: Run): Promise<Numbers> {
  return pods.cutLeader(await formed(run));
}

/** A drain takes one member; the budget refuses the second while the first is away. */
export async function evictTwo(run: Run): Promise<Numbers> {
  return pods.evictTwo(await formed(run));
}

/** While no steward looks after it, only one member is left, then none; then all come back. */
export async function scaleToZero(run: Run): Promise<Numbers> {
  return pods.scaleToZero(await formed(run));
}

/** Somebody scales the StatefulSet down, or replaces it without saying how many: the steward puts it back. */
export async function prune(run: Run): Promise<Numbers> {
  return pods.prune(await formed(run), FORMING);
}

/** A member's machine loses its power and boots again. */
export async function stopMembersNode(run: Run): Promise<Numbers> {
  return nodes.stopMembersNode(await formed(run), FORMING);
}

/** Names mean nothing for two minutes. */
export async function loseDns(run: Run): Promise<Numbers> {
  return nodes.loseDns(await formed(run));
}

/** Two machines are drained at the same time: the second member goes only when the first one is back. */
export async function drainTwo(run: Run): Promise<Numbers> {
  return nodes.drainTwo(await formed(run, { props: { podOverrides: ofThisCase(run) } }), FORMING);
}
