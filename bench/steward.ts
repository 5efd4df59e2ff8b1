// What a steward costs and how soon it reacts, on the Kubernetes that KUBECONFIG names:
//   KUBECONFIG=… npm run bench:steward
import { setTimeout as delay } from 'node:timers/promises';
import { Size } from 'cdk8s';
import { ZooKeeperCluster, type ZooKeeperClusterProps } from '../lib';
import { Cluster, type Manifest } from '../test/e2e/harness/cluster';
import { synthesize } from '../test/e2e/harness/synthesize';

const NAMESPACE = 'bench-steward';
const IDLE_SECONDS = 120;
const REACTIONS = 5;

interface Usage {
  readonly cpuSeconds: number;
  readonly at: number;
  readonly rss: number;
  readonly workingSet: number;
}

/** The part of the kubelet's summary that counts here. */
interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string };
    readonly containers: readonly {
      readonly cpu: { readonly time: string; readonly usageCoreNanoSeconds: number };
      readonly memory: { readonly rssBytes: number; readonly workingSetBytes: number };
    }[];
  }[];
}

const props: ZooKeeperClusterProps = {
  voters: 3,
  memory: Size.mebibytes(384),
  cpu: '50m',
  storage: { data: Size.mebibytes(320) },
};

async function until<T>(what: string, look: () => Promise<T | undefined>, seconds = 180): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`no ${what} within ${seconds} s`);
    await delay(20);
  }
}

async function phase(cluster: Cluster): Promise<string | undefined> {
  const { data } = await cluster.core.readNamespacedConfigMap({ namespace: NAMESPACE, name: 'zk-status' });
  return data?.phase;
}

const settled = (cluster: Cluster) =>
  until('settled ensemble', async () => (await phase(cluster)) === 'Settled' || undefined);

/** What the kubelet says of the steward's container. */
async function usage(cluster: Cluster): Promise<Usage> {
  const pod = (await cluster.pods(NAMESPACE, 'cdk8s-stateful/component=steward'))[0];
  const name = pod.spec?.nodeName ?? '';
  const answer: unknown = await cluster.core.connectGetNodeProxyWithPath({ name, path: 'stats/summary' });
  const summary = (typeof answer === 'string' ? JSON.parse(answer) : answer) as Summary;
  const container = summary.pods.find(({ podRef }) => podRef.name === pod.metadata?.name)?.containers[0];
  if (!container) throw new Error(`the kubelet of ${name} knows no ${pod.metadata?.name}`);
  const { cpu, memory } = container;
  return {
    cpuSeconds: cpu.usageCoreNanoSeconds / 1e9,
    at: Date.parse(cpu.time) / 1e3,
    rss: memory.rssBytes,
    workingSet: memory.workingSetBytes,
  };
}

/** Milliseconds from a change of the StatefulSet to the deletion of the first pod. */
async function reaction(cluster: Cluster, servers: Manifest, round: number): Promise<number> {
  servers.spec.template.metadata.annotations['bench/round'] = String(round);
  const begin = performance.now();
  await cluster.apply(servers);
  await until('restart', async () =>
    (await cluster.pods(NAMESPACE, 'cdk8s-stateful/component=server')).find(
      ({ metadata }) => metadata?.deletionTimestamp,
    ),
  );
  const took = performance.now() - begin;
  await delay(3_000);
  await settled(cluster);
  return took;
}

async function main(): Promise<void> {
  const cluster = await Cluster.connect();
  const { core } = cluster;
  await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
  try {
    const manifests = synthesize(NAMESPACE, (chart) => new ZooKeeperCluster(chart, 'zk', props));
    for (const manifest of manifests) await cluster.apply(manifest);
    await settled(cluster);
    await delay(20_000);
    const before = await usage(cluster);
    await delay(IDLE_SECONDS * 1_000);
    const after = await usage(cluster);
    const milli = ((after.cpuSeconds - before.cpuSeconds) / (after.at - before.at)) * 1e3;
    const servers = manifests.find(({ kind }) => kind === 'StatefulSet') as Manifest;
    const times: number[] = [];
    for (let round = 1; round <= REACTIONS; round++) times.push(await reaction(cluster, servers, round));
    const mega = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
    console.log(`idle CPU of the steward         ${milli.toFixed(1)} millicores (goal 5)`);
    console.log(
      `its memory, as the kubelet says ${mega(after.rss)} anonymous, ${mega(after.workingSet)} working set (goal 80 MB)`,
    );
    console.log(
      `changed StatefulSet to restart  ${times.map((ms) => `${(ms / 1e3).toFixed(2)} s`).join(', ')} (goal 2 s)`,
    );
  } finally {
    await core.deleteNamespace({ name: NAMESPACE });
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
