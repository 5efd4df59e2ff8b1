import { Duration, Size } from 'cdk8s';
import { EtcdCluster } from '../../../lib';
import { loseVolume } from '../faults/pods';
import { certificateAuthority, ISSUER } from '../harness/authority';
import { WITNESS_KEYS } from '../harness/exchange';
import { expectMembersReady } from '../harness/members-ready';
import { backups, existing, prepareStore, runNow, s3Objects } from '../harness/object-store';
import type { Run } from '../harness/run';
import { expectStewardReady } from '../harness/subject';
import { missing } from '../harness/wait';
import * as keyed from '../quorum/key-cases';
import { addEtcdWitness, READER } from '../witness/etcd/witness';
import { callProgram, firstOf, NAME as WITNESS } from '../witness/pod';
import type { Numbers } from '../witness/witness';
import { FORMING, Members, NAME, SMALL } from './members';

/** A backup taken under load starts a new cluster, which has all that was acknowledged before it; a rehearsal does, too. */
export async function restore(run: Run): Promise<Numbers> {
  await prepareStore(run);
  const backup = {
    schedule: Duration.days(1),
    to: backups,
    rehearsal: { schedule: '0 0 1 1 *', memory: Size.mebibytes(352) },
  };
  const members = new Members(run, {
    props: { backup },
    place: { existing },
    more: (chart) => s3Objects(chart),
  });
  await members.form();
  await members.witness.writesAgain(30);
  const { acknowledged } = await members.witness.progress();
  const log = await runNow(run, `${NAME}-backup`, 'upload');
  const snapshot = /"name":"([^"]+\.db)"/.exec(log)?.[1] ?? missing(`no backup is named in ${log}`);
  await runNow(run, `${NAME}-rehearsal`, 'check-restore', 180);
  const { ranges, longestGapMs, gapsMs } = await members.witness.stop();
  // Numbers are given out in order, so what was acknowledged before the backup are the first ones.
  const before = firstOf(ranges, acknowledged);

  const restored = {
    ...members.props,
    name: 'restored',
    backup: undefined,
    restore: { from: backups, snapshot: `e2e/${run.namespace}/${NAME}/${snapshot}` },
  };
  await run.deploy(
    run.namespace,
    (chart) => {
      const cluster = new EtcdCluster(chart, 'restored', restored);
      addEtcdWitness(chart, cluster, { role: 'wait' });
    },
    { existing },
  );
  await run.waitFor('three restored members ready', FORMING, async () => {
    await expectMembersReady(run, 'restored', 3);
    await expectStewardReady(run, 'restored');
  });
  const endpoint = `http://restored.${run.namespace}.svc:2379`;
  const numbers = (await callProgram(run, run.namespace, READER, 'read', endpoint, before)) as Numbers;
  return { ...numbers, longestGapMs, gapsMs };
}

/** Two of three volumes are lost for good; a person says that the third is all there is, and it becomes three again. */
export async function forceNewCluster(run: Run): Promise<Numbers> {
  const members = await new Members(run).form();
  const [first, second] = await members.followers();
  const survivor = await members.leader();
  // All of them have what was acknowledged last, so that nothing is lost with the others.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await loseVolume(run, first, `data-${first}`);
  await loseVolume(run, second, `data-${second}`);
  const { todo } = await members.says({ doing: /^Healing: no leader serves/, todo: /forceNewCluster/ }, 300);
  const [, confirm] = /confirm: '([0-9a-f]+)'/.exec(todo) ?? [];
  const member = Number(survivor.slice(NAME.length + 1));
  if (!confirm || !todo.includes(`member: ${member}`))
    return run.fail(`it does not say what to write: ${todo}`);
  await members.apply({ forceNewCluster: { member, confirm: 'abc' } });
  await members.says({ doing: new RegExp(confirm) }, 120);
  await members.apply({ forceNewCluster: { member, confirm } });
  await members.says({ todo: /forceNewCluster/, doing: /all that is left|held|anew/ }, 180);
  await members.apply({ forceNewCluster: undefined });
  await members.settled(300);
  await members.expectListed(3);
  return members.finish();
}

/** The quota is used up; the steward makes room, and the cluster takes writes again. */
export async function noSpace(run: Run): Promise<Numbers> {
  const members = await new Members(run).form();
  // Old revisions are what fills the file.
  const refusal = (await members.witness.call(WITNESS, 'fill')) as string;
  if (!refusal.includes('database space exceeded')) return run.fail(`it was refused with "${refusal}"`);
  await members.says({ doing: /^Maintaining/ }, 60);
  await run.waitFor('no alarm any more', 180, async () => {
    const alarms = await members.etcdctl(members.first, 'alarm', 'list');
    if (alarms.includes('NOSPACE')) missing(alarms);
  });
  return members.finish();
}

/** The servers' certificates are replaced; they take the new ones without a restart. Logins are on, too. */
export async function replaceCertificates(run: Run): Promise<Numbers> {
  const members = new Members(run, {
    props: { tls: { issuer: ISSUER }, authentication: {} },
    witness: { login: true },
    more: certificateAuthority,
  });
  await members.form();
  const incarnations = async () =>
    (await run.cluster.pods(run.namespace, members.members))
      .map(({ metadata, status }) => `${metadata?.uid} ${status?.containerStatuses?.[0].restartCount}`)
      .join();
  const before = await incarnations();
  for (const name of [`${NAME}-tls`, `${NAME}-peer-tls`])
    await run.cluster.core.deleteNamespacedSecret({ namespace: run.namespace, name });
  // The kubelet takes a minute to bring them to the pods.
  await new Promise((resolve) => setTimeout(resolve, 120_000));
  if ((await incarnations()) !== before) return run.fail('members have restarted');
  await members.witness.writesAgain(30);
  // A member that starts with the new one gets on with the others.
  const [follower] = await members.followers();
  await run.cluster.core.deleteNamespacedPod({ namespace: run.namespace, name: follower });
  return members.finish();
}

/** A cluster whose Secrets the case makes. */
const KEYED: keyed.KeyedQuorum = {
  issued: (chart) => void new EtcdCluster(chart, NAME, { ...SMALL, tls: { issuer: ISSUER } }),
  make: (run, place) => {
    const props = { tls: { secret: `${NAME}-tls`, peers: { secret: `${NAME}-peer-tls` } } };
    return new Members(run, { props, witness: { certificate: WITNESS_KEYS }, place });
  },
};

export const exchangeAuthority = (run: Run) => keyed.exchangeAuthority(run, KEYED);

export const expireCertificates = (run: Run) => keyed.expireCertificates(run, KEYED);

/** A password is changed while its user is connected, who is locked out until it is changed back. */
export async function changePassword(run: Run): Promise<Numbers> {
  const members = await new Members(run, { props: { authentication: {} }, witness: { login: true } }).form();
  const metadata = { name: `${NAME}-user-${WITNESS}`, namespace: run.namespace };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata };
  const before = Buffer.from((await run.cluster.read(secret))?.data.password, 'base64').toString();
  const read = ['node', '/tmp/program.js', 'read', `http://${NAME}.${run.namespace}.svc:2379`, '1-1'];
  for (const password of ['another-password', before]) {
    await run.apply([{ ...secret, stringData: { password } }]);
    await run.waitFor('the new password to be taken', 240, async () => {
      const command = ['env', `ETCDCTL_PASSWORD=${password}`, ...read];
      const { code, stderr } = await run.cluster.exec(run.namespace, WITNESS, command);
      if (code !== 0) missing(stderr);
    });
  }
  return members.finish();
}
