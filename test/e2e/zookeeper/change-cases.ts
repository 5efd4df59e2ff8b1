import { Credentials, ZooKeeperVersion } from '../../../lib';
import { parseMembership } from '../../../lib/zookeeper/wire/servers';
import { type Manifest, nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { Ensemble, MEMBERS, NAME } from './ensemble';

/** The same manifests are applied again: nothing changes. A finished Job that was deleted runs again and changes nothing. */
export async function applyTwice(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run, { witness: { chroot: '/orders' } }).form();
  const before = await stored(run, ensemble.applied);
  await ensemble.apply();
  const changed = difference(before, await stored(run, ensemble.applied));
  if (changed.length > 0) return run.fail(`a second apply changed ${changed.join(', ')}`);
  for (const job of ensemble.applied.filter((manifest) => manifest.kind === 'Job')) {
    await run.waitFor(`${job.metadata.name} complete`, 60, () => completed(run, job.metadata.name));
    await run.cluster.delete(job);
    await run.waitFor(`${job.metadata.name} gone`, 30, async () => {
      if (await run.cluster.read(job)) missing('it is there');
    });
  }
  await ensemble.apply();
  for (const job of ensemble.applied.filter((manifest) => manifest.kind === 'Job')) {
    await run.waitFor(`${job.metadata.name} complete again`, 60, () => completed(run, job.metadata.name));
  }
  return ensemble.finish();
}

/** One apply changes the image and the configuration of all members; they restart one at a time. */
export async function changeAll(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run, { props: { version: ZooKeeperVersion.V3_9_4 } }).form();
  await ensemble.apply({ version: ZooKeeperVersion.V3_9_5, configuration: { maxClientCnxns: 777 } });
  const numbers = await ensemble.settled(240).then(() => ensemble.finish());
  for (const pod of await run.cluster.pods(run.namespace, MEMBERS)) {
    const name = nameOf(pod);
    const image = pod.spec?.containers[0].image;
    if (image !== ZooKeeperVersion.V3_9_5.image) return run.fail(`${name} runs ${image}`);
    const conf = await ensemble.ask(name, 'conf');
    if (!conf.includes('maxClientCnxns=777'))
      return run.fail(`${name} does not have the new configuration: ${conf}`);
  }
  return numbers;
}

/** From one voter to three and back, the new ones joining without a vote and then being promoted. */
export async function scaleUpAndDown(run: Run): Promise<Numbers> {
  const props = { voters: 1, founders: 1, authentication: { superUser: Credentials.generated() } };
  const ensemble = await new Ensemble(run, { props }).form();
  await ensemble.apply({ voters: 3 });
  await ensemble.settled();
  const newcomers = [`${NAME}-2`, `${NAME}-3`];
  // Guests get every change and have no vote: the membership is still the old one.
  const guests = parseMembership(await ensemble.ask(`${NAME}-1`, 'conf')).servers;
  if (guests.length !== 1) return run.fail(`members joined on their own: ${JSON.stringify(guests)}`);
  await reconfigure(
    ensemble,
    newcomers.map((pod) => voter(run, pod)),
    [],
  );
  await run.waitFor('three voters', 60, async () => {
    for (const [pod, mode] of await ensemble.modes()) {
      const voters = parseMembership(await ensemble.ask(pod, 'conf')).servers.filter(
        (server) => server.role === 'participant',
      );
      if (voters.length !== 3 || !['leader', 'follower'].includes(mode))
        missing(`${pod}, ${mode}, knows ${voters.length} voters`);
    }
  });
  await ensemble.witness.writesAgain(30);

  await reconfigure(ensemble, [], [2, 3]);
  await ensemble.apply({ voters: 1 });
  await run.waitFor('one member', 60, async () => {
    const members = await run.cluster.pods(run.namespace, MEMBERS);
    if (members.length > 1) missing(`there are ${members.length}`);
  });
  return ensemble.finish();
}

/** Everything but the claims is removed and installed again under the same name. */
export async function reinstall(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const own = ensemble.applied.filter(
    (manifest) => manifest.metadata.labels?.['app.kubernetes.io/managed-by'] === 'cdk8s-stateful',
  );
  for (const manifest of [...own].reverse()) await run.cluster.delete(manifest);
  await run.waitFor('members gone', 60, async () => {
    const left = await run.cluster.pods(run.namespace, MEMBERS);
    if (left.length > 0) missing(`${left.map(nameOf)} are left`);
  });
  const { items } = await run.cluster.core.listNamespacedPersistentVolumeClaim({ namespace: run.namespace });
  if (items.length !== 3) return run.fail(`${items.length} claims outlived the uninstall, not 3`);
  await ensemble.apply();
  return ensemble.finish();
}

function voter({ namespace }: Run, pod: string): object {
  const host = `${pod}.${NAME}-headless.${namespace}.svc.cluster.local`;
  const client = { host: '0.0.0.0', port: 2181 };
  return {
    id: Number(/\d+$/.exec(pod)?.[0]),
    host,
    quorumPort: 2888,
    electionPort: 3888,
    role: 'participant',
    client,
  };
}

async function reconfigure({ run, witness }: Ensemble, joining: object[], leaving: number[]): Promise<void> {
  const { data = {} } = await run.cluster.core.readNamespacedSecret({
    namespace: run.namespace,
    name: `${NAME}-super`,
  });
  const auth = ['username', 'password'].map((key) => Buffer.from(data[key], 'base64').toString()).join(':');
  await run.waitFor('the change of membership', 60, () =>
    witness.call('witness', 'reconfigure', auth, JSON.stringify(joining), JSON.stringify(leaving)),
  );
}

async function completed({ cluster, namespace }: Run, name: string): Promise<void> {
  const { status } = await cluster.batch.readNamespacedJob({ namespace, name });
  if (!status?.succeeded) missing('it has not succeeded');
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
