import type { Chart } from 'cdk8s';
import type { RedisServerProps } from '../../../lib/redis';
import { podNames } from '../faults/pods';
import { Departures } from '../harness/departures';
import { Exchange, exchangeAuthority as exchange, WITNESS_KEYS } from '../harness/exchange';
import { expireCertificates as expire, OwnKeys } from '../harness/expiry';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import { callProgram, NAME as WITNESS } from '../witness/pod';
import type { Numbers } from '../witness/witness';
import { type Deployment, type DeploymentOptions, NAME, ROLLING, SENTINELS, SERVERS } from './deployment';

/** The certificate is replaced: servers show the new one without a restart, Sentinels are restarted one by one. */
export async function replaceCertificate(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const departures = await Departures.watch(run, SERVERS);
  const servers = (await subject.hosts()).map((host) => `${host}:6379`);
  const shown = async () =>
    (await callProgram(run, run.namespace, WITNESS, 'serials', ...servers)) as readonly string[];
  const before = await shown();
  await run.cluster.core.deleteNamespacedSecret({ namespace: run.namespace, name: `${NAME}-tls` });
  await run.waitFor('every server to show the new certificate', 300, async () => {
    const now = await shown();
    const late = servers.filter((_, index) => now[index] === before[index]);
    if (late.length > 0) missing(`${late} show the old one`);
  });
  const numbers = await subject.finish({ deadline: ROLLING, planned: true });
  departures.stop();
  if (departures.all.length > 0)
    return run.fail(`${departures.all.map(({ pod }) => pod)} were restarted for a certificate`);
  return numbers;
}

/** A deployment whose keys a case exchanges. */
export interface Keyed<Props extends RedisServerProps> {
  /** Renders it with an issuer. */
  readonly issued: (chart: Chart) => void;
  /** Makes the one of the case. */
  readonly make: (run: Run, options: DeploymentOptions<Props>) => Deployment<Props>;
}

function withOwnKeys<Props extends RedisServerProps>(
  run: Run,
  { make }: Keyed<Props>,
  { place }: Pick<OwnKeys, 'place'>,
): Deployment<Props> {
  const props = { tls: { secret: `${NAME}-tls` } } as Partial<Props>;
  return make(run, { props, witness: { ca: { secretName: WITNESS_KEYS, key: 'ca.crt' } }, place });
}

/** The authority is exchanged for another: servers are told to read their keys anew, and Sentinels are restarted. */
export async function exchangeAuthority<Props extends RedisServerProps>(
  run: Run,
  keyed: Keyed<Props>,
): Promise<Numbers> {
  const keys = await Exchange.prepare(run, keyed.issued);
  const servers = await Departures.watch(run, SERVERS);
  const told = (since: Date) =>
    run.waitFor('every server to have been told', 300, async () => {
      const { items } = await run.cluster.core.listNamespacedEvent({ namespace: run.namespace });
      const reloads = items
        .filter(({ reason, firstTimestamp: at }) => reason === 'CertificateReloaded' && at && at >= since)
        .map(({ message = '' }) => message);
      const late = (await podNames(run, SERVERS)).filter(
        (pod) => !reloads.some((each) => each.includes(pod)),
      );
      if (late.length > 0) missing(`${late} were not told`);
    });
  const taking = { restarted: SENTINELS, forCertificate: true, told };
  const numbers = await exchange(withOwnKeys(run, keyed, keys), keys, taking);
  servers.stop();
  if (servers.all.length > 0)
    return run.fail(`${servers.all.map(({ pod }) => pod)} were restarted for an authority`);
  return numbers;
}

/** The certificates run out, and later there are others. */
export async function expireCertificates<Props extends RedisServerProps>(
  run: Run,
  keyed: Keyed<Props>,
): Promise<Numbers> {
  const keys = await OwnKeys.prepare(run, keyed.issued);
  const subject = withOwnKeys(run, keyed, keys);
  const victim = async () => (await subject.serversAs('replica'))[0];
  return expire(subject, keys, { minutes: 5, victim });
}
