import { Size } from 'cdk8s';
import { type ZooKeeperClusterProps, ZooKeeperVersion } from '../../../lib';
import { killSteward } from '../faults/steward';
import { type Manifest, nameOf } from '../harness/cluster';
import { Departures } from '../harness/departures';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import * as changes from '../quorum/change-cases';
import type { Numbers } from '../witness/witness';
import { Ensemble, type EnsembleOptions, MEMBERS, NAME } from './ensemble';

/** Image, configuration and resources: what one apply changes of all members. */
const EVERYTHING: Partial<ZooKeeperClusterProps> = {
  version: ZooKeeperVersion.V3_9_5,
  configuration: { maxClientCnxns: 777 },
  memory: Size.mebibytes(400),
  cpu: '60m',
};

/** The same manifests are applied again: nothing changes. A finished Job that was deleted runs again and changes nothing. */
export async function applyTwice(run: Run): Promise<Numbers> {
  return changes.applyTwice(await new Ensemble(run, { witness: { chroot: '/orders' } }).form());
}

/** One apply changes the image, the configuration and the resources of all members, while the steward is killed. */
export async function rollAll(run: Run): Promise<Numbers> {
  const ensemble = new Ensemble(run, { props: { version: ZooKeeperVersion.V3_9_4 } });
  killSteward(run, NAME);
  return changeEverything(await ensemble.form());
}

/** The same without any other fault, for the gap. */
export async function rollUndisturbed(
  run: Run,
  { rolling, ...options }: EnsembleOptions & { rolling?: number } = {},
): Promise<Numbers> {
  const props = { version: ZooKeeperVersion.V3_9_4 };
  return changeEverything(await new Ensemble(run, { ...options, props }).form(), rolling);
}

/** The same by Kubernetes alone, which goes by ordinals; a Job provisions the chroot. */
export async function rollWithoutSteward(run: Run): Promise<Numbers> {
  const props = { version: ZooKeeperVersion.V3_9_4, operations: 'none' } as const;
  const ensemble = await new Ensemble(run, { props, witness: { chroot: '/orders' } }).form();
  const stewards = ensemble.applied.filter(({ metadata }) => metadata.name.includes('steward'));
  if (stewards.length > 0) return run.fail(`there is ${stewards.map(({ kind }) => kind)} of a steward`);
  for (const job of jobs(ensemble)) {
    await run.waitFor(`${job.metadata.name} complete`, 60, () => changes.completed(ensemble, job));
  }
  if (jobs(ensemble).length !== 1)
    return run.fail(`${jobs(ensemble).length} Jobs, not the one of the chroot`);
  await ensemble.apply(EVERYTHING);
  await ensemble.settled(changes.ROLLING);
  await expectEverything(ensemble);
  return ensemble.finish();
}

/** An ensemble that nobody looked after gets a steward. */
export async function adopt(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run, { props: { operations: 'none' } }).form();
  const departures = await Departures.watch(run, MEMBERS);
  // A number that nobody owns any more falls back to 1, so somebody else has to own it before the manifests let go of it.
  const metadata = { namespace: run.namespace, name: NAME };
  await run.cluster.apply(
    { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { replicas: 3 } },
    'handover',
  );
  await ensemble.apply({ operations: 'steward' });
  await ensemble.settled(changes.ROLLING);
  await ensemble.expectListed(3);
  const numbers = await ensemble.finish();
  departures.stop();
  await changes.expectOneAtATime(ensemble, departures, 3);
  return numbers;
}

/** A release up and back again, one member at a time. */
export async function rollBack(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run, { props: { version: ZooKeeperVersion.V3_9_4 } }).form();
  const departures = await Departures.watch(run, MEMBERS);
  for (const version of [ZooKeeperVersion.V3_9_5, ZooKeeperVersion.V3_9_4]) {
    await ensemble.apply({ version });
    await ensemble.settled(changes.ROLLING);
    await changes.expectImage(ensemble, version.image);
  }
  const numbers = await ensemble.finish();
  departures.stop();
  await changes.expectOneAtATime(ensemble, departures, 6);
  return numbers;
}

/** An image that cannot be pulled stops the roll at its first member; a revert takes it back. */
export async function brokenImage(run: Run): Promise<Numbers> {
  const ensemble = new Ensemble(run);
  killSteward(run, NAME);
  await ensemble.form();
  return changes.brokenImage(
    ensemble,
    () => ensemble.apply({ image: 'zookeeper:3.9.none' }),
    () => ensemble.apply({ image: undefined }),
  );
}

/** A configuration on which servers exit stops the roll at its first member; another one mends it and goes on. */
export async function brokenConfiguration(run: Run): Promise<Numbers> {
  const ensemble = new Ensemble(run);
  killSteward(run, NAME);
  const configuration = { minSessionTimeout: 60_000, maxSessionTimeout: 1_000 };
  await ensemble.form();
  const departures = await changes.stopAtTheFirst(ensemble, () => ensemble.apply({ configuration }));
  await ensemble.apply({ configuration: { minSessionTimeout: 2_000, maxSessionTimeout: 50_000 } });
  const numbers = await ensemble.finish(changes.ROLLING);
  departures.stop();
  // The first one twice: with what was broken, and with what mends it.
  await changes.expectOneAtATime(ensemble, departures, 4);
  return numbers;
}

/** Everything but the claims is removed and installed again under the same name. */
export async function reinstall(run: Run): Promise<Numbers> {
  return changes.reinstall(await new Ensemble(run).form());
}

/** With the claims everything goes, the mark included, and the same name forms a new, empty ensemble. */
export async function removeAll(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const { ranges, ...numbers } = await ensemble.witness.stop();
  await ensemble.uninstall();
  await run.cluster.core.deleteCollectionNamespacedPersistentVolumeClaim({ namespace: run.namespace });
  await run.waitFor('the mark of the formed ensemble to go by itself', 120, async () => {
    if (await run.cluster.read(ensemble.formedMark)) missing('it is there');
  });
  const again = new Ensemble(run, { reader: true });
  await again.apply();
  await again.settled(180);
  const { found } = await again.witness.readFrom('reader', `${NAME}.${run.namespace}.svc:2181`, ranges);
  if (found > 0) return run.fail(`the new ensemble has ${found} records of the one before`);
  return numbers;
}

async function changeEverything(ensemble: Ensemble, rolling = changes.ROLLING): Promise<Numbers> {
  const numbers = await changes.rollThrough(ensemble, () => ensemble.apply(EVERYTHING), rolling);
  await expectEverything(ensemble);
  return numbers;
}

async function expectEverything(ensemble: Ensemble): Promise<void> {
  const { run } = ensemble;
  await changes.expectImage(ensemble, ZooKeeperVersion.V3_9_5.image);
  for (const pod of await run.cluster.pods(run.namespace, MEMBERS)) {
    const name = nameOf(pod);
    const memory = pod.spec?.containers[0].resources?.limits?.memory;
    if (memory !== '400Mi') await run.fail(`${name} has ${memory} of memory`);
    const conf = await ensemble.ask(name, 'conf');
    if (!conf.includes('maxClientCnxns=777'))
      await run.fail(`${name} does not have the new configuration: ${conf}`);
  }
}

function jobs({ applied }: Ensemble): Manifest[] {
  return applied.filter((manifest) => manifest.kind === 'Job');
}
