import { Credentials } from '../../../lib';
import { RedisReplication, type RedisReplicationProps } from '../../../lib/redis';
import { ofThisCase } from '../faults/nodes';
import { loseVolume, podNames } from '../faults/pods';
import { killSteward } from '../faults/steward';
import { certificateAuthority, ISSUER } from '../harness/authority';
import type { Manifest } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
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
import { type DeploymentOptions, FORMING, NAME, ROLLING, SENTINELS, SERVERS } from './deployment';
import * as faults from './fault-cases';
import { Replication, SMALL } from './replication';

/** Secret with the login of the witness, where no steward makes users. */
const WITNESS_LOGIN = 'witness-login';

const formed = (run: Run, options?: DeploymentOptions<RedisReplicationProps>) =>
  new Replication(run, options).form();
const secured = { props: { tls: { issuer: ISSUER } }, more: certificateAuthority };

/** 7.2 to 8.2 of all servers in one apply, while the steward is killed again and again. */
export async function rollAll(run: Run): Promise<Numbers> {
  const replication = new Replication(run, { props: changes.BEFORE });
  killSteward(run, NAME);
  return changes.rollAll(await replication.form());
}

/** The same while nobody kills the steward, for the gap. */
export async function rollWithSteward(run: Run): Promise<Numbers> {
  return changes.rollAll(await formed(run, { props: changes.BEFORE }));
}

/** The same by Kubernetes alone, which goes by ordinals. */
export async function rollWithoutSteward(run: Run): Promise<Numbers> {
  const login: Manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: WITNESS_LOGIN, namespace: run.namespace },
    stringData: { username: WITNESS, password: 'password-of-the-witness' },
  };
  await run.ensureNamespace();
  await run.apply([login]);
  const replication = new Replication(run, {
    props: { ...changes.BEFORE, operations: 'none' },
    place: { existing: [{ kind: 'Secret', name: WITNESS_LOGIN }] },
    witness: { credentials: Credentials.existing(WITNESS_LOGIN) },
  });
  await replication.apply();
  await replication.settled(FORMING);
  // Nobody else makes the user.
  for (const host of await replication.hosts()) await makeUser(replication, host.split('.')[0]);
  await replication.witness.start();
  return changes.rollWithoutSteward(replication);
}

async function makeUser(replication: Replication, pod: string): Promise<void> {
  const { cluster, namespace } = replication.run;
  const metadata = { name: `${NAME}-steward`, namespace };
  const secret = await cluster.read({ apiVersion: 'v1', kind: 'Secret', metadata });
  const steward = {
    username: 'steward',
    password: Buffer.from(secret?.data.password ?? '', 'base64').toString(),
  };
  const rules = [
    'on',
    '>password-of-the-witness',
    '~witness:*',
    '+@all',
    '-@admin',
    '-@dangerous',
    '+info',
    '+role',
  ];
  await replication.cliAs(steward, pod, 'ACL', 'SETUSER', WITNESS, ...rules);
  await replication.cliAs(steward, pod, 'ACL', 'SAVE');
}

/** A backup taken under load starts a new replication, which has all that was acknowledged before it. */
export async function restore(run: Run): Promise<Numbers> {
  return restoreFrom(new Replication(run, BACKED_UP), (chart, name, props) => {
    addRedisWitness(chart, new RedisReplication(chart, name, { ...SMALL, ...props }), { role: 'wait' });
  });
}

/** A client that knows nothing of Sentinels goes by the Service that follows the master. */
export async function followService(run: Run): Promise<Numbers> {
  return faults.deleteMaster(await formed(run, { witness: { mode: 'master' } }));
}

/** Valkey 8.1 to 9.1. */
export async function rollValkey(run: Run): Promise<Numbers> {
  return changes.rollValkey(await formed(run, { props: changes.VALKEY_BEFORE }));
}

/** A setting and a certificate with TLS on: certificates are taken without a restart of a server. */
export async function replaceCertificate(run: Run): Promise<Numbers> {
  return replaceIt(await formed(run, secured));
}

const keyed: Keyed<RedisReplicationProps> = {
  issued: (chart) => void new RedisReplication(chart, NAME, { ...SMALL, tls: { issuer: ISSUER } }),
  make: (run, options) => new Replication(run, options),
};

export const exchangeAuthority = (run: Run) => exchangeIt(run, keyed);

export const expireCertificates = (run: Run) => expireThem(run, keyed);

/** An image that cannot be pulled stops at a replica, and a revert takes it back. */
export async function brokenImage(run: Run): Promise<Numbers> {
  return changes.brokenImage(await formed(run));
}

export async function changeLive(run: Run): Promise<Numbers> {
  return changes.changeLive(await formed(run));
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

export async function deleteAll(run: Run): Promise<Numbers> {
  return faults.deleteAll(await formed(run));
}

/** The master's pod is deleted without grace, then those of all Sentinels at once. */
export async function deleteMaster(run: Run): Promise<Numbers> {
  return faults.deleteMaster(await formed(run));
}

export async function killMaster(run: Run): Promise<Numbers> {
  return faults.killMaster(await formed(run));
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

export async function drainTwoNodes(run: Run): Promise<Numbers> {
  return faults.drainTwo(await formed(run, { props: { podOverrides: ofThisCase(run) } }));
}

/** Two replicas become four, which become one, then two again on disks that were kept; then the master leaves with the last pods. */
export async function scaleThrough(run: Run): Promise<Numbers> {
  const replication = await formed(run);
  killSteward(run, NAME);
  for (const replicas of [4, 1, 2]) {
    await replication.apply({ replicas, founders: 3 });
    await replication.settled(ROLLING);
    const pods = await podNames(run, SERVERS);
    if (pods.length !== replicas + 1) return run.fail(`${pods} run, not a master and ${replicas}`);
    await expectKnown(replication, replicas);
    await replication.witness.writesAgain(60);
  }
  return replication.finish({ planned: true });
}

/** A replica comes back with an empty disk, then a Sentinel, then the master. */
export async function loseVolumes(run: Run): Promise<Numbers> {
  const replication = await formed(run);
  const [replica] = await replication.serversAs('replica');
  await loseVolume(run, replica, `data-${replica}`);
  await replication.settled();
  const [sentinel] = await podNames(run, SENTINELS);
  await loseVolume(run, sentinel, `data-${sentinel}`);
  await replication.settled();
  const master = await replication.master();
  await loseVolume(run, master, `data-${master}`);
  await replication.settled();
  return replication.finish();
}

/** The network of the master is gone for two minutes, then it comes back. */
export async function cutMaster(run: Run): Promise<Numbers> {
  const replication = await formed(run);
  const master = await replication.master();
  return cutOffMaster(replication, {
    master,
    expectSuccessor: async () => {
      await run.waitFor('another master', 60, async () => {
        const now = await replication.chosen();
        if (!now || now === master) missing(`Sentinels say it is ${now || 'nobody'}`);
      });
    },
    key: (number) => `witness:cut:${number}`,
    // min-replicas-max-lag, and what a reply takes.
    refusesWithin: 15_000,
  });
}

/** Waits until every Sentinel knows so many replicas, and no more. */
async function expectKnown(replication: Replication, replicas: number): Promise<void> {
  await replication.run.waitFor(`Sentinels that know ${replicas} replicas`, 120, async () => {
    const known = await replication.knownReplicas();
    if (known.some((count) => count !== replicas)) missing(`they know ${known}`);
  });
}
