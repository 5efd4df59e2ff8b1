import { type Chart, Duration } from 'cdk8s';
import { ZooKeeperCluster } from '../../../lib';
import { STEWARD_PORT } from '../../../lib/steward/settings';
import { stewardOf } from '../faults/steward';
import { certificateAuthority, certManager, ISSUER, privateKey } from '../harness/authority';
import { isReady, nameOf } from '../harness/cluster';
import { WITNESS_KEYS } from '../harness/exchange';
import { expectMembersReady } from '../harness/members-ready';
import { backups, existing, prepareStore, runNow, s3Objects } from '../harness/object-store';
import type { Run } from '../harness/run';
import { expectStewardReady } from '../harness/subject';
import { missing } from '../harness/wait';
import * as keyed from '../quorum/key-cases';
import { addProgramPod, callProgram, firstOf } from '../witness/pod';
import type { Numbers } from '../witness/witness';
import { addReader, PROGRAM } from '../witness/zookeeper/witness';
import { Ensemble, FORMING, MEMBERS, NAME, SMALL } from './ensemble';

const CLIENT = 2181;
const SECURE = 2281;
const INNER = [2888, 3888, 8080, 7000];

/** Who was granted access gets in; nobody else does, and nobody at all reaches the inner ports. */
export async function network(run: Run): Promise<Numbers> {
  // With backups the AdminServer listens, so that it is the network which keeps others out.
  const props = { backup: { schedule: '0 0 1 1 *', to: backups } };
  await prepareStore(run);
  const stranger = (chart: Chart) =>
    addProgramPod(chart, { name: 'stranger', labels: { app: 'stranger' }, program: PROGRAM });
  const ensemble = new Ensemble(run, { props, place: { existing }, more: stranger });
  const elsewhere = `${run.namespace}-elsewhere`;
  await run.deploy(elsewhere, (chart) =>
    addProgramPod(chart, { name: 'witness', labels: { app: 'witness' }, program: PROGRAM }),
  );
  await ensemble.form();

  const members = await run.cluster.pods(run.namespace, MEMBERS);
  const at = (ports: number[]) =>
    members.flatMap((pod) => ports.map((port) => `${pod.status?.podIP}:${port}`));
  const [steward] = await run.cluster.pods(run.namespace, stewardOf(NAME));
  const shut = [...at([CLIENT, ...INNER]), `${steward.status?.podIP}:${STEWARD_PORT}`];
  for (const pod of members)
    await everyPortListens(run, nameOf(pod), (await ensemble.leader()) === nameOf(pod));
  const reach = async (namespace: string, pod: string) =>
    (await callProgram(run, namespace, pod, 'reach', ...shut)) as string[];
  await run.waitFor('the strangers', 60, async () => {
    for (const [namespace, name] of [
      [run.namespace, 'stranger'],
      [elsewhere, 'witness'],
    ]) {
      const [pod] = (await run.cluster.pods(namespace)).filter((each) => nameOf(each) === name);
      if (!pod || !isReady(pod)) missing(`${namespace}/${name} is not ready`);
    }
  });
  const seen = {
    'the pod that was granted access': [await reach(run.namespace, 'witness'), at([CLIENT])],
    'a pod of the same namespace without a grant': [await reach(run.namespace, 'stranger'), []],
    'a pod with the same labels in another namespace': [await reach(elsewhere, 'witness'), []],
  };
  for (const [who, [reached, allowed]] of Object.entries(seen)) {
    const wrong = [
      ...reached.filter((address) => !allowed.includes(address)).map((address) => `reaches ${address}`),
      ...allowed
        .filter((address) => !reached.includes(address))
        .map((address) => `does not reach ${address}`),
    ];
    if (wrong.length > 0) return run.fail(`${who} ${wrong.join(', ')}`);
  }
  return ensemble.finish();
}

/** A backup taken under load starts a new ensemble, which has all that was acknowledged before it. */
export async function restore(run: Run): Promise<Numbers> {
  await prepareStore(run);
  const props = { voters: 1, backup: { schedule: Duration.days(1), to: backups } };
  const ensemble = new Ensemble(run, { props, place: { existing }, more: (chart) => s3Objects(chart) });
  await ensemble.form();
  await ensemble.witness.writesAgain(30);
  const { acknowledged } = await ensemble.witness.progress();
  const log = await runNow(run, `${NAME}-backup`, 'upload');
  const [, snapshot] = /"uploaded","name":"([^"]+)"/.exec(log) ?? [];
  const { ranges, longestGapMs, gapsMs } = await ensemble.witness.stop();
  // Numbers are given out in order, so what was acknowledged before the backup are the first ones.
  const before = firstOf(ranges, acknowledged);

  const restored = {
    ...ensemble.props,
    name: 'restored',
    voters: 3,
    backup: undefined,
    restore: { from: backups, snapshot: `e2e/${run.namespace}/${NAME}/${snapshot}` },
  };
  await run.deploy(
    run.namespace,
    (chart) => {
      const cluster = new ZooKeeperCluster(chart, 'restored', restored);
      addReader(chart, cluster);
    },
    { existing },
  );
  await run.waitFor('three restored members ready', FORMING, async () => {
    await expectMembersReady(run, 'restored', 3);
    await expectStewardReady(run, 'restored');
  });
  const numbers = await ensemble.witness.readFrom(
    'reader',
    `restored.${run.namespace}.svc:${CLIENT}`,
    before,
  );
  return { ...numbers, longestGapMs, gapsMs };
}

/** The servers' certificate is replaced; they take the new one without a restart. */
export async function replaceCertificate(run: Run): Promise<Numbers> {
  const ensemble = new Ensemble(run, {
    props: { tls: { issuer: ISSUER } },
    witness: { tlsSecret: 'witness-tls' },
    more: authorityAndClient,
  });
  await ensemble.form();
  const before = await certificates(ensemble);
  await run.cluster.core.deleteNamespacedSecret({ namespace: run.namespace, name: `${NAME}-tls` });
  await run.waitFor('the new certificate at every member', 200, async () => {
    const now = await certificates(ensemble);
    const old = [...now]
      .filter(([pod, { serial }]) => serial === before.get(pod)?.serial)
      .map(([pod]) => pod);
    if (old.length > 0) missing(`${old} still show the old one`);
  });
  for (const [pod, { incarnation }] of await certificates(ensemble)) {
    if (incarnation !== before.get(pod)?.incarnation) return run.fail(`${pod} has restarted`);
  }
  return ensemble.finish();
}

/** An ensemble whose Secrets the case makes. */
const KEYED: keyed.KeyedQuorum = {
  issued: (chart) => void new ZooKeeperCluster(chart, NAME, { ...SMALL, tls: { issuer: ISSUER } }),
  make: (run, place) => {
    const props = { tls: { secret: `${NAME}-tls` } };
    return new Ensemble(run, { props, witness: { tlsSecret: WITNESS_KEYS }, place });
  },
};

export const exchangeAuthority = (run: Run) => keyed.exchangeAuthority(run, KEYED);

export const expireCertificates = (run: Run) => keyed.expireCertificates(run, KEYED);

/** Serial number of each member's certificate, and what tells one start of its server from another. */
async function certificates({
  run,
  witness,
}: Ensemble): Promise<Map<string, { serial: string; incarnation: string }>> {
  const members = await run.cluster.pods(run.namespace, MEMBERS);
  const entries = members.map(async (pod) => {
    const name = nameOf(pod);
    const servername = `${name}.${NAME}-headless.${run.namespace}.svc.cluster.local`;
    const serial = (await witness.call(
      'witness',
      'serial',
      `${pod.status?.podIP}:${SECURE}`,
      servername,
    )) as string;
    const restarts = pod.status?.containerStatuses?.[0].restartCount;
    return [name, { serial, incarnation: `${pod.metadata?.uid} ${restarts}` }] as const;
  });
  return new Map(await Promise.all(entries));
}

function authorityAndClient(chart: Chart): void {
  certificateAuthority(chart);
  certManager(chart, 'Certificate', 'witness-tls', {
    secretName: 'witness-tls',
    dnsNames: ['witness'],
    usages: ['digital signature', 'client auth'],
    privateKey,
    issuerRef: { kind: 'Issuer', name: 'ca' },
  });
}

async function everyPortListens(run: Run, pod: string, leads: boolean): Promise<void> {
  const ports = INNER.filter((port) => port !== 2888 || leads);
  const script = ports.map((port) => `(exec 3<>/dev/tcp/$(hostname -i)/${port}) && echo ${port};`).join(' ');
  const { stdout } = await run.cluster.exec(run.namespace, pod, ['bash', '-c', script], 'zookeeper');
  const closed = ports.filter((port) => !stdout.split('\n').includes(String(port)));
  if (closed.length > 0)
    await run.fail(`${pod} does not listen on ${closed}, so that nothing can be proven about them`);
}
