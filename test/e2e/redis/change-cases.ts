import { RedisVersion } from '../../../lib/redis';
import { nameOf } from '../harness/cluster';
import { Departures } from '../harness/departures';
import type { Numbers } from '../witness/witness';
import { CONTAINER, type Deployment, MEMBERS, NAME, ROLLING, SERVERS } from './deployment';

/** Another image and another setting that is read at the start only, for every server in one apply. */
const everything = (version: RedisVersion) => ({ version, configuration: { 'tcp-backlog': 256 } });
const EVERYTHING = everything(RedisVersion.REDIS_8_2);
const EVERYTHING_OF_VALKEY = everything(RedisVersion.VALKEY_9_1);

/** Releases that are left for other ones. */
export const BEFORE = { version: RedisVersion.REDIS_7_2 };
export const VALKEY_BEFORE = { version: RedisVersion.VALKEY_8_1 };

/** All servers change in one apply: one after the other, each master after its replicas and after it has handed over. */
export async function rollAll(subject: Deployment, change = EVERYTHING): Promise<Numbers> {
  const { run } = subject;
  const masters = await subject.serversAs('master');
  const departures = await Departures.watch(run, SERVERS);
  await subject.apply(change);
  await subject.settled(ROLLING);
  const numbers = await subject.finish({ planned: true });
  departures.stop();
  const order = departures.all.map(({ pod }) => pod);
  if (departures.overlapping.length > 0)
    return run.fail(`${departures.overlapping.join('; ')} (in the order ${order})`);
  const pods = [...(await subject.roles()).keys()];
  if ([...order].sort().join() !== pods.join()) return run.fail(`${order} were restarted, not ${pods}`);
  for (const master of masters) {
    const set = master.replace(/-\d+$/, '');
    const last = order.filter((pod) => pod.replace(/-\d+$/, '') === set).at(-1);
    if (last !== master) return run.fail(`the master, ${master}, was not the last of ${set}: ${order}`);
  }
  await expectImage(subject, change.version.image);
  return numbers;
}

/** The same from one release of Valkey to another. */
export const rollValkey = (subject: Deployment): Promise<Numbers> => rollAll(subject, EVERYTHING_OF_VALKEY);

/** The same by Kubernetes alone; what a replica had not yet may be lost. */
export async function rollWithoutSteward(subject: Deployment): Promise<Numbers> {
  await subject.apply(EVERYTHING);
  await subject.settled(ROLLING);
  await expectImage(subject, EVERYTHING.version.image);
  return subject.finish();
}

async function expectImage({ run }: Deployment, wanted: string): Promise<void> {
  for (const pod of await run.cluster.pods(run.namespace, SERVERS)) {
    const image = pod.spec?.containers.find(({ name }) => name === CONTAINER)?.image;
    if (image !== wanted) await run.fail(`${nameOf(pod)} runs ${image}, not ${wanted}`);
  }
}

/** An image that cannot be pulled stops the roll at the first pod, a Sentinel or a replica; a revert takes it back. */
export async function brokenImage(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const masters = await subject.serversAs('master');
  const departures = await Departures.watch(run, MEMBERS);
  await subject.apply({ image: 'redis:8.none' });
  await subject.says({ todo: /fails on what was applied last: apply a commit that mends or reverts it/ });
  // Long enough for a second one to be taken away, if that could be.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const gone = departures.all.map(({ pod }) => pod);
  if (gone.length !== 1 || masters.includes(gone[0]))
    return run.fail(`${gone} were restarted, not one pod that is no master's; masters were ${masters}`);
  await subject.apply({ image: undefined });
  const numbers = await subject.finish({ deadline: ROLLING, planned: true });
  departures.stop();
  const [first, ...others] = departures.all.map(({ pod }) => pod);
  if (others.join() !== first)
    return run.fail(`${first} was to be replaced, and nobody else: ${others.join(', ')}`);
  return numbers;
}

/** Settings that a server takes while it runs restart nobody. */
export async function changeLive(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const departures = await Departures.watch(run, SERVERS);
  await subject.apply({ configuration: { 'slowlog-log-slower-than': 2000, timeout: 600 } });
  const numbers = await subject.finish({ planned: true });
  departures.stop();
  if (departures.all.length > 0)
    return run.fail(`${departures.all.map(({ pod }) => pod)} were restarted for what needs no restart`);
  return numbers;
}

/** The same manifests again change nothing. */
export async function applyTwice(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const versions = () =>
    Promise.all(
      subject.applied.map(async (manifest) => (await run.cluster.read(manifest))?.metadata.generation),
    );
  const before = await versions();
  const departures = await Departures.watch(run, SERVERS);
  await subject.apply();
  const after = await versions();
  const changed = subject.applied.filter((_, index) => before[index] !== after[index]);
  if (changed.length > 0)
    return run.fail(
      `a second apply changed ${changed.map(({ kind, metadata }) => `${kind} ${metadata.name}`)}`,
    );
  const numbers = await subject.finish({ planned: true });
  departures.stop();
  if (departures.all.length > 0) return run.fail(`${departures.all.map(({ pod }) => pod)} were restarted`);
  return numbers;
}

/** Everything but the claims is removed and installed again under the same name. */
export async function reinstall(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  await subject.uninstall(120);
  if (!(await run.cluster.read(subject.formedMark)))
    return run.fail('the mark of the formed deployment is gone, and its data is there');
  await subject.apply();
  return subject.finish({ deadline: ROLLING });
}

/** Gives the witness's user another password, with the old one beside it, and takes the old one away when all have moved. */
export async function changePassword(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const departures = await Departures.watch(run, SERVERS);
  const { username, password: before } = await subject.witnessLogin();
  const metadata = { name: `${NAME}-user-${username}`, namespace: run.namespace };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata };
  const accepts = async (password: string) => {
    const pods = [...(await subject.roles()).keys()];
    const asked = pods.map((pod) =>
      subject.cliAs({ username, password }, pod, 'PING').then(
        (answer) => answer === 'PONG',
        () => false,
      ),
    );
    const answers = await Promise.all(asked);
    return pods.filter((_, index) => answers[index]);
  };
  const expectEverywhere = async (password: string, wanted: boolean) => {
    await run.waitFor(
      `${wanted ? 'the new' : 'the old'} password ${wanted ? 'taken' : 'refused'} by all`,
      240,
      async () => {
        const pods = [...(await subject.roles()).keys()];
        const taken = await accepts(password);
        const late = pods.filter((pod) => taken.includes(pod) !== wanted);
        if (late.length > 0) throw new Error(`not by ${late}`);
      },
    );
  };
  const next = 'another-password';
  await run.apply([{ ...secret, stringData: { password: next, 'previous-password': before } }]);
  await expectEverywhere(next, true);
  const both = await accepts(before);
  if (both.length === 0) return run.fail('the old password is refused although it is still named');
  await subject.witness.writesAgain(30);
  // The witness goes on with the connections that it has, and for new ones it knows the first password alone.
  await run.apply([{ ...secret, stringData: { password: before, 'previous-password': next } }]);
  await expectEverywhere(before, true);
  await run.cluster.merge({ ...secret, data: { 'previous-password': null } });
  await expectEverywhere(next, false);
  const numbers = await subject.finish({ planned: true });
  departures.stop();
  if (departures.all.length > 0)
    return run.fail(`${departures.all.map(({ pod }) => pod)} were restarted for a password`);
  return numbers;
}
