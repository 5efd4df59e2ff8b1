import { Size } from 'cdk8s';
import { type ZooKeeperClusterProps, ZooKeeperVersion } from '../../../lib';
import { killSteward } from '../faults/steward';
import { type Manifest, nameOf } from '../harness/cluster';
import { Departures } from '../harness/departures';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { Ensemble, type EnsembleOptions, MEMBERS, NAME } from './ensemble';

/** Seconds that a roll of three members may take. */
const ROLLING = 240;

/** Image, configuration and resources: what one apply changes of all members. */
const EVERYTHING: Partial<ZooKeeperClusterProps> = {
  version: ZooKeeperVersion.V3_9_5,
  configuration: { maxClientCnxns: 777 },
  memory: Size.mebibytes(400),
  cpu: '60m',
};

/** The same manifests are applied again: nothing changes. A finished Job that was deleted runs again and changes nothing. */
export async function applyTwice(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run, { witness: { chroot: '/orders' } }).form();
  const before = await stored(run, ensemble.applied);
  await ensemble.apply();
  const changed = difference(before, await stored(run, ensemble.applied));
  if (changed.length > 0) return run.fail(`a second apply changed ${changed.join(', ')}`);
  for (const job of jobs(ensemble)) {
    await run.waitFor(`${job.metadata.name} complete`, 60, () => completed(run, job.metadata.name));
    await run.cluster.delete(job);
    await run.waitFor(`${job.metadata.name} gone`, 30, async () => {
      if (await run.cluster.read(job)) missing('it is there');
    });
  }
  await ensemble.apply();
  for (const job of jobs(ensemble)) {
    await run.waitFor(`${job.metadata.name} complete again`, 60, () => completed(run, job.metadata.name));
  }
  return ensemble.finish();
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
  for (const { metadata } of jobs(ensemble)) {
    await run.waitFor(`${metadata.name} complete`, 60, () => completed(run, metadata.name));
  }
  if (jobs(ensemble).length !== 1)
    return run.fail(`${jobs(ensemble).length} Jobs, not the one of the chroot`);
  await ensemble.apply(EVERYTHING);
  await ensemble.settled(ROLLING);
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
  await ensemble.settled(ROLLING);
  await ensemble.expectMembership('1 2 3');
  const numbers = await ensemble.finish();
  departures.stop();
  await expectOneAtATime(ensemble, departures, 3);
  return numbers;
}

/** A release up and back again, one member at a time. */
export async function rollBack(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run, { props: { version: ZooKeeperVersion.V3_9_4 } }).form();
  const departures = await Departures.watch(run, MEMBERS);
  for (const version of [ZooKeeperVersion.V3_9_5, ZooKeeperVersion.V3_9_4]) {
    await ensemble.apply({ version });
    await ensemble.settled(ROLLING);
    await expectImage(ensemble, version.image);
  }
  const numbers = await ensemble.finish();
  departures.stop();
  await expectOneAtATime(ensemble, departures, 6);
  return numbers;
}

/** An image that cannot be pulled stops the roll at its first member; a revert takes it back. */
export async function brokenImage(run: Run): Promise<Numbers> {
  const ensemble = new Ensemble(run);
  killSteward(run, NAME);
  const departures = await stopAtTheFirst(await ensemble.form(), { image: 'zookeeper:3.9.none' });
  await ensemble.apply({ image: undefined });
  const numbers = await ensemble.finish(ROLLING);
  departures.stop();
  const [first, ...others] = departures.all.map(({ pod }) => pod);
  if (others.join() !== first)
    return run.fail(`${first} was to be replaced, and nobody else: ${others.join(', ')}`);
  return numbers;
}

/** A configuration on which servers exit stops the roll at its first member; another one mends it and goes on. */
export async function brokenConfiguration(run: Run): Promise<Numbers> {
  const ensemble = new Ensemble(run);
  killSteward(run, NAME);
  const configuration = { minSessionTimeout: 60_000, maxSessionTimeout: 1_000 };
  const departures = await stopAtTheFirst(await ensemble.form(), { configuration });
  await ensemble.apply({ configuration: { minSessionTimeout: 2_000, maxSessionTimeout: 50_000 } });
  const numbers = await ensemble.finish(ROLLING);
  departures.stop();
  // The first one twice: with what was broken, and with what mends it.
  await expectOneAtATime(ensemble, departures, 4);
  return numbers;
}

/** Everything but the claims is removed and installed again under the same name. */
export async function reinstall(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  await ensemble.uninstall();
  const { items } = await run.cluster.core.listNamespacedPersistentVolumeClaim({ namespace: run.namespace });
  if (items.length !== 3) return run.fail(`${items.length} claims outlived the uninstall, not 3`);
  if (!(await run.cluster.read(ensemble.formedMark)))
    return run.fail('the mark of the formed ensemble is gone, and its data is there');
  await ensemble.apply();
  return ensemble.finish();
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

async function changeEverything(ensemble: Ensemble, rolling = ROLLING): Promise<Numbers> {
  const { run } = ensemble;
  const leader = await ensemble.leader();
  const departures = await Departures.watch(run, MEMBERS);
  await ensemble.apply(EVERYTHING);
  await ensemble.settled(rolling);
  const numbers = await ensemble.finish();
  departures.stop();
  await expectOneAtATime(ensemble, departures, 3);
  const last = departures.all.at(-1)?.pod;
  if (last !== leader) return run.fail(`${last} was the last to be restarted, not the leader, ${leader}`);
  await expectEverything(ensemble);
  return numbers;
}

/** Applies what no member can run on, and fails unless only one is taken away for it while the others go on. */
async function stopAtTheFirst(
  ensemble: Ensemble,
  broken: Partial<ZooKeeperClusterProps>,
): Promise<Departures> {
  const { run, witness } = ensemble;
  const leader = await ensemble.leader();
  const departures = await Departures.watch(run, MEMBERS);
  await ensemble.apply(broken);
  const { members } = await ensemble.says({
    doing: /^Rolling: waits until every member is well: zk-\d cannot run: container zookeeper: /,
    todo: /^zk-\d fails on what was applied last: apply a commit that mends or reverts it/,
  });
  await witness.writesAgain(30);
  // Long enough for a second one to be taken away, if that could be.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await witness.writesAgain(30);
  const gone = departures.all.map(({ pod }) => pod);
  if (gone.length !== 1 || gone[0] === leader)
    await run.fail(`${gone} were restarted, not one follower; the leader was ${leader}`);
  const { todo } = await ensemble.status();
  if (!todo.startsWith(gone[0]) || !members.includes(gone[0]))
    await run.fail(`the status does not name ${gone[0]}: ${todo}`);
  return departures;
}

async function expectOneAtATime(ensemble: Ensemble, departures: Departures, count: number): Promise<void> {
  const order = departures.all.map(({ pod }) => pod).join(', ');
  if (departures.overlapping.length > 0)
    await ensemble.run.fail(`${departures.overlapping.join('; ')} (in the order ${order})`);
  if (departures.all.length !== count)
    await ensemble.run.fail(`${departures.all.length} restarts, not ${count}: ${order}`);
}

async function expectEverything(ensemble: Ensemble): Promise<void> {
  const { run } = ensemble;
  await expectImage(ensemble, ZooKeeperVersion.V3_9_5.image);
  for (const pod of await run.cluster.pods(run.namespace, MEMBERS)) {
    const name = nameOf(pod);
    const memory = pod.spec?.containers[0].resources?.limits?.memory;
    if (memory !== '400Mi') await run.fail(`${name} has ${memory} of memory`);
    const conf = await ensemble.ask(name, 'conf');
    if (!conf.includes('maxClientCnxns=777'))
      await run.fail(`${name} does not have the new configuration: ${conf}`);
  }
}

async function expectImage({ run }: Ensemble, wanted: string): Promise<void> {
  for (const pod of await run.cluster.pods(run.namespace, MEMBERS)) {
    const image = pod.spec?.containers[0].image;
    if (image !== wanted) await run.fail(`${nameOf(pod)} runs ${image}, not ${wanted}`);
  }
}

function jobs({ applied }: Ensemble): Manifest[] {
  return applied.filter((manifest) => manifest.kind === 'Job');
}

async function completed({ cluster, namespace }: Run, name: string): Promise<void> {
  const { status } = await cluster.batch.readNamespacedJob({ namespace, name });
  if (!status?.succeeded) missing(`Job ${name} has not succeeded`);
}

/** Objects as they are stored, without what Kubernetes reports in them. */
async function stored(run: Run, manifests: readonly Manifest[]): Promise<Manifest[]> {
  return Promise.all(
    manifests.map(
      async (manifest) => (await run.cluster.read(manifest)) ?? missing(`${manifest.metadata.name} is gone`),
    ),
  );
}

function difference(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  // Status and the times in managedFields move on their own; resourceVersion with them where there is a status.
  const wanted = ({ status, metadata, ...rest }: Manifest) =>
    JSON.stringify([
      rest,
      {
        ...metadata,
        managedFields: undefined,
        resourceVersion: status ? undefined : metadata.resourceVersion,
      },
    ]);
  return before
    .filter((manifest, index) => wanted(manifest) !== wanted(after[index]))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
