import type { Chart } from 'cdk8s';
import { Size } from 'cdk8s';
import { Authentication, KafkaCluster, KafkaVersion, Listener, ZooKeeperCluster } from '../../../lib';
import { loseDns as loseNames } from '../faults/dns';
import { notReady, quietestNode, stopNode } from '../faults/nodes';
import { deleteAllPods, podNames } from '../faults/pods';
import { certificateAuthority, ISSUER } from '../harness/authority';
import { nameOf } from '../harness/cluster';
import { Departures } from '../harness/departures';
import { Exchange, exchangeAuthority as exchange, WITNESS_KEYS } from '../harness/exchange';
import { expireCertificates as expire, OwnKeys } from '../harness/expiry';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import { TOPIC } from '../witness/kafka/witness';
import type { Numbers } from '../witness/witness';
import { BROKERS, Brokers, CONTROLLERS, NAME, ROLLING, SERVERS, SMALL } from './brokers';

const secured = {
  props: {
    tls: { issuer: ISSUER },
    listeners: [Listener.internal({ authentication: Authentication.scram() })],
  },
  before: (chart: Chart) => {
    certificateAuthority(chart);
    return {};
  },
};

/**
 * TLS and SCRAM everywhere. The certificate is replaced: brokers show clients the new one at once, and all servers are
 * restarted in order, since what they show one another they read at their start only.
 */
export async function replaceCertificate(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run, secured).form();
  const departures = await Departures.watch(run, SERVERS);
  const before = await podNames(run, SERVERS);
  await run.cluster.core.deleteNamespacedSecret({ namespace: run.namespace, name: `${NAME}-tls` });
  await run.waitFor('a restart of every server', 600, async () => {
    const gone = new Set(departures.all.map(({ pod }) => pod));
    const late = before.filter((pod) => !gone.has(pod));
    if (late.length > 0) missing(`${late} run as before`);
  });
  const numbers = await brokers.finish(ROLLING);
  departures.stop();
  if (departures.overlapping.length > 0) return run.fail(departures.overlapping.join('; '));
  return numbers;
}

const { listeners } = secured.props;
const issued = (chart: Chart) =>
  void new KafkaCluster(chart, NAME, { ...SMALL, listeners, tls: { issuer: ISSUER } });

/** A cluster whose Secrets the case makes. */
function withOwnKeys(run: Run, { place }: Pick<OwnKeys, 'place'>): Brokers {
  const props = { listeners, tls: { secret: `${NAME}-tls` } };
  return new Brokers(run, { props, witness: { ca: { secretName: WITNESS_KEYS, key: 'ca.crt' } }, place });
}

/** The authority is exchanged for another, for clients and among the servers. */
export async function exchangeAuthority(run: Run): Promise<Numbers> {
  const keys = await Exchange.prepare(run, issued);
  return exchange(withOwnKeys(run, keys), keys, { restarted: SERVERS, forCertificate: true });
}

/** The certificates run out; later there are others, and a person deletes all pods. */
export async function expireCertificates(run: Run): Promise<Numbers> {
  const keys = await OwnKeys.prepare(run, issued);
  const brokers = withOwnKeys(run, keys);
  const victim = async () => (await podNames(run, BROKERS))[0];
  return expire(brokers, keys, { minutes: 5, victim, mend: () => deleteAllPods(run, SERVERS) });
}

/** Names mean nothing for two minutes, in which a broker is deleted. */
export async function loseDns(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  const [broker] = await podNames(run, BROKERS);
  return loseNames(brokers, broker, () => podNames(run, SERVERS));
}

/** The password of a user who is connected is changed; what is connected goes on, and the new one is what counts then. */
export async function changePassword(run: Run): Promise<Numbers> {
  const listeners = [Listener.internal({ authentication: Authentication.scram() })];
  const brokers = await new Brokers(run, { props: { listeners } }).form();
  const metadata = { name: `${NAME}-user-witness`, namespace: run.namespace };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata };
  const before = Buffer.from((await run.cluster.read(secret))?.data.password, 'base64').toString();
  const read = ['node', '/tmp/program.js', 'read', `${NAME}.${run.namespace}.svc:9092`, TOPIC, '1-1'];
  // And back again, since the witness knows the first one.
  for (const password of ['another-password', before]) {
    await run.apply([{ ...secret, stringData: { password } }]);
    await run.waitFor('the new password to be taken', 240, async () => {
      const command = ['env', `KAFKA_SASL_PASSWORD=${password}`, ...read];
      const { code, stderr } = await run.cluster.exec(run.namespace, 'witness', command);
      if (code !== 0) missing(stderr);
    });
    await brokers.witness.writesAgain(60);
  }
  return brokers.finish();
}

/** A running cluster gets a second listener that asks for a login, then clients move, then the first one goes. */
export async function turnOnLogins(run: Run): Promise<Numbers> {
  const internalSecurity = 'plain' as const;
  const open = Listener.internal({ name: 'open', port: 9092 });
  const asking = Listener.internal({ name: 'asking', port: 9094, authentication: Authentication.scram() });
  const brokers = await new Brokers(run, { props: { internalSecurity, listeners: [open] } }).form();
  await brokers.apply({ listeners: [open, asking] });
  await brokers.settled(ROLLING);
  return brokers.finish();
}

/** Kafka 3.9 with its metadata in ZooKeeper, without volumes. */
export async function zookeeper(run: Run): Promise<Numbers> {
  const brokers = new Brokers(run, {
    props: { version: KafkaVersion.V3_9, controllers: undefined },
    before: (chart) => ({
      metadata: {
        zookeeper: new ZooKeeperCluster(chart, 'zk', {
          voters: 1,
          memory: Size.mebibytes(384),
          cpu: '50m',
          storage: { data: Size.mebibytes(320) },
        }),
      },
    }),
  });
  // With their ZooKeeper gone before them, brokers would take their whole grace to end.
  run.onEnd(async () => {
    await run.cluster.apps.deleteCollectionNamespacedStatefulSet({
      namespace: run.namespace,
      labelSelector: BROKERS,
      propagationPolicy: 'Orphan',
    });
    await deleteAllPods(run, BROKERS);
  });
  await brokers.form();
  const controllers = await podNames(run, CONTROLLERS);
  if (controllers.length > 0) return run.fail(`${controllers} run beside ZooKeeper`);
  const departures = await Departures.watch(run, BROKERS);
  await brokers.apply({ configuration: { 'num.network.threads': 4 } });
  await brokers.settled(ROLLING);
  const numbers = await brokers.finish();
  departures.stop();
  if (departures.all.length !== 3 || departures.overlapping.length > 0)
    return run.fail(`${departures.all.map(({ pod }) => pod)} went; ${departures.overlapping}`);
  return numbers;
}

/** A machine with a broker, and perhaps a controller, loses its power and boots again. */
export async function stopServersNode(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  const pods = await run.cluster.pods(run.namespace);
  const nodeOf = (name: string) => pods.find((pod) => nameOf(pod) === name)?.spec?.nodeName ?? '';
  const servers = (await podNames(run, BROKERS)).map(nodeOf);
  const node = await quietestNode(
    run,
    [...new Set(servers)].filter((each) => each !== nodeOf('witness')),
  );
  const start = await stopNode(run, node);
  await notReady(run, node);
  await brokers.witness.writesAgain(60);
  await start();
  return brokers.finish(ROLLING);
}
