import { RedisCluster, type RedisClusterProps } from '../../../lib/redis';
import { deletePod, loseVolume, podNames } from '../faults/pods';
import { killSteward } from '../faults/steward';
import { certificateAuthority, ISSUER } from '../harness/authority';
import type { Run } from '../harness/run';
import { missing, SECOND, sleep } from '../harness/wait';
import { NAME as WITNESS } from '../witness/pod';
import { addRedisWitness } from '../witness/redis/witness';
import type { Numbers } from '../witness/witness';
import { BACKED_UP, restore as restoreFrom } from './backup-case';
import {
  exchangeAuthority as exchangeIt,
  expireCertificates as expireThem,
  type Keyed,
  replaceCertificate as replaceIt,
} from './certificate-case';
import * as changes from './change-cases';
import { cutMaster as cutOffMaster } from './cut-off';
import { type DeploymentOptions, FORMING, NAME, ROLLING, SERVERS } from './deployment';
import * as faults from './fault-cases';
import { Shards, SMALL, shardOf } from './shards';

const formed = (run: Run, options?: DeploymentOptions<RedisClusterProps>) => new Shards(run, options).form();
const secured = { props: { tls: { issuer: ISSUER } }, more: certificateAuthority };

/** 7.2 to 8.2 of all nodes in one apply, while the steward is killed again and again. */
export async function rollAll(run: Run): Promise<Numbers> {
  const shards = await formed(run, { props: changes.BEFORE });
  killSteward(run, NAME);
  return changes.rollAll(shards);
}

/** The same while nobody kills the steward, for the gap. */
export async function rollWithSteward(run: Run): Promise<Numbers> {
  return changes.rollAll(await formed(run, { props: changes.BEFORE }));
}

/** Valkey 8.1 to 9.1. */
export async function rollValkey(run: Run): Promise<Numbers> {
  return changes.rollValkey(await formed(run, { props: changes.VALKEY_BEFORE }));
}

export async function replaceCertificate(run: Run): Promise<Numbers> {
  return replaceIt(await formed(run, secured));
}

const keyed: Keyed<RedisClusterProps> = {
  issued: (chart) => void new RedisCluster(chart, NAME, { ...SMALL, tls: { issuer: ISSUER } }),
  make: (run, options) => new Shards(run, options),
};

export const exchangeAuthority = (run: Run) => exchangeIt(run, keyed);

export const expireCertificates = (run: Run) => expireThem(run, keyed);

export async function brokenImage(run: Run): Promise<Numbers> {
  return changes.brokenImage(await formed(run));
}

export async function changePassword(run: Run): Promise<Numbers> {
  return changes.changePassword(await formed(run));
}

export async function applyTwice(run: Run): Promise<Numbers> {
  return changes.applyTwice(await formed(run));
}

export async function reinstall(run: Run): Promise<Numbers> {
  return changes.reinstall(await formed(run));
}

/** A backup taken under load starts a new Redis Cluster, which has all that was acknowledged before it. */
export async function restore(run: Run): Promise<Numbers> {
  return restoreFrom(new Shards(run, BACKED_UP), (chart, name, props) => {
    addRedisWitness(chart, new RedisCluster(chart, name, { ...SMALL, ...props }), { role: 'wait' });
  });
}

/** All nodes come back with other addresses than those that they know of one another. */
export async function deleteAll(run: Run): Promise<Numbers> {
  return faults.deleteAll(await formed(run));
}

export async function deleteMaster(run: Run): Promise<Numbers> {
  return faults.deleteMaster(await formed(run));
}

export async function evictTwo(run: Run): Promise<Numbers> {
  return faults.evictTwo(await formed(run));
}

export async function loseDns(run: Run): Promise<Numbers> {
  return faults.loseDns(await formed(run));
}

export async function stopNode(run: Run): Promise<Numbers> {
  return faults.stopMastersNode(await formed(run));
}

/**
 * Three shards become five, which receive their share of the slots; two leave again, emptied before they go. While slots move
 * the steward is killed again and again for a while, and a master that receives some is restarted.
 */
export async function scaleThrough(run: Run): Promise<Numbers> {
  const shards = await formed(run, { props: { slotsAtATime: 256 } });
  await shards.witness.call(WITNESS, 'fill');
  const founders = [0, 1, 2];
  await shards.apply({ shards: { count: 5 }, founders });
  await shards.says({ doing: /slots to move/ }, ROLLING);
  await killForAWhile(run);
  await shards.settled(ROLLING);
  await expectShares(shards, [0, 1, 2, 3, 4]);
  await shards.apply({ shards: { count: 5, leaving: [1, 4] }, founders });
  await shards.says({ doing: /slots to move/ }, ROLLING);
  await killForAWhile(run);
  await deletePod(run, await shards.masterOf(2));
  await shards.settled(ROLLING);
  await shards.says({ doing: /may be dropped from the list/ });
  await shards.apply({ shards: { ids: [0, 2, 3] }, founders });
  await prune(shards, [1, 4]);
  await shards.settled(ROLLING);
  await expectShares(shards, [0, 2, 3]);
  const wrong = (await shards.witness.call(WITNESS, 'missing')) as string[];
  if (wrong.length > 0)
    return run.fail(`${wrong.length} keys are not as they were written: ${wrong.slice(0, 20)}`);
  return shards.finish({ planned: true });
}

async function killForAWhile(run: Run): Promise<void> {
  const stop = killSteward(run, NAME);
  await sleep(30 * SECOND);
  await stop();
}

/** A shard is dropped from the list without having left: it is told of, and nothing settles until it is put back. */
export async function dropWithoutLeaving(run: Run): Promise<Numbers> {
  const shards = await formed(run, { props: { shards: 4 } });
  const founders = [0, 1, 2, 3];
  await shards.apply({ shards: 3, founders });
  await prune(shards, [3]);
  await shards.says({ todo: /put (its|the) shard back into the manifests as leaving/i });
  await shards.apply({ shards: { count: 4, leaving: [3] }, founders });
  await shards.says({ doing: /may be dropped from the list/ }, ROLLING);
  await shards.apply({ shards: { count: 3 }, founders });
  await prune(shards, [3]);
  return shards.finish({ deadline: ROLLING, planned: true });
}

/** One replica of each shard becomes two, and one again. */
export async function scaleReplicas(run: Run): Promise<Numbers> {
  const shards = await formed(run);
  killSteward(run, NAME);
  for (const replicas of [2, 1]) {
    await shards.apply({ replicas });
    await shards.settled(ROLLING);
    const pods = await podNames(run, SERVERS);
    if (pods.length !== 3 * (replicas + 1)) return run.fail(`${pods} run, not 3 shards of ${replicas + 1}`);
  }
  return shards.finish({ planned: true });
}

/** A replica comes back with an empty disk, then a master. */
export async function loseVolumes(run: Run): Promise<Numbers> {
  const shards = await formed(run);
  const [replica] = await shards.serversAs('replica');
  await loseVolume(run, replica, `data-${replica}`);
  await shards.settled(FORMING);
  const master = await shards.masterOf(1);
  await loseVolume(run, master, `data-${master}`);
  await shards.settled(FORMING);
  return shards.finish();
}

/** The network of a shard's master is gone for two minutes, then it comes back. */
export async function cutMaster(run: Run): Promise<Numbers> {
  const shards = await formed(run);
  const master = await shards.masterOf(0);
  const others = (await podNames(run, SERVERS)).filter((pod) => shardOf(pod) === 0 && pod !== master);
  return cutOffMaster(shards, {
    master,
    expectSuccessor: async () => {
      await run.waitFor('another master of shard 0', 60, async () => {
        const roles = await Promise.all(others.map((pod) => shards.role(pod)));
        if (!roles.includes('master')) missing(`${others} are ${roles}`);
      });
    },
    // All of these are in slot 5061, which shard 0 has from the start.
    key: (number) => `witness:cut:{bar}:${number}`,
    // cluster-node-timeout, and half of it again until the master believes what it sees.
    refusesWithin: 20_000,
  });
}

/** Deletes what is rendered no more of some shards, as a GitOps controller does once somebody has confirmed it. */
async function prune({ run }: Shards, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    const metadata = { namespace: run.namespace, name: `${NAME}-${id}` };
    await run.cluster.delete({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata });
    await run.cluster.delete({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata });
  }
}

/** Fails unless exactly these shards run, and each has its share of the slots. */
async function expectShares(shards: Shards, ids: readonly number[]): Promise<void> {
  const { run } = shards;
  const pods = await podNames(run, SERVERS);
  const wanted = ids.flatMap((id) => [`${NAME}-${id}-0`, `${NAME}-${id}-1`]);
  if (pods.join() !== wanted.join()) await run.fail(`${pods} run, not ${wanted}`);
  const slots = await shards.slots();
  const share = 16384 / ids.length;
  const wrong = ids.filter((id) => Math.abs((slots.get(id) ?? 0) - share) > share / 10);
  if (wrong.length > 0) await run.fail(`shards ${wrong} have not their share: ${JSON.stringify([...slots])}`);
}
