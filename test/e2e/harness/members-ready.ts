import { isReady, type Manifest, nameOf } from './cluster';
import type { Run } from './run';
import { missing } from './wait';

const REVISION = 'controller-revision-hash';

/** Throws what is missing until there are exactly so many members, each ready and of the newest revision. */
export async function expectMembersReady(
  { cluster, namespace }: Run,
  ensemble: string,
  wanted: number,
): Promise<void> {
  const { spec, status, metadata } = await cluster.apps.readNamespacedStatefulSet({
    namespace,
    name: ensemble,
  });
  if (status?.observedGeneration !== metadata?.generation)
    missing('the StatefulSet controller has not seen the change');
  if (spec?.replicas !== wanted) missing(`the StatefulSet is to have ${spec?.replicas} pods, not ${wanted}`);
  const pods = await cluster.pods(
    namespace,
    `cdk8s-stateful/cluster=${ensemble},cdk8s-stateful/component=server`,
  );
  const old = pods.filter((pod) => pod.metadata?.labels?.[REVISION] !== status?.updateRevision);
  const unready = pods.filter((pod) => !isReady(pod) || pod.metadata?.deletionTimestamp);
  if (pods.length !== wanted || old.length > 0 || unready.length > 0) {
    missing(
      `${pods.length} of ${wanted} exist; not ready: ${unready.map(nameOf)}; not of the newest revision: ${old.map(nameOf)}`,
    );
  }
}

/**
 * Throws what is missing until every pod of the StatefulSets that were applied for a cluster, all of them below `selector`, is
 * there, ready and of the newest revision.
 */
export async function expectSetsReady(
  { cluster, namespace }: Run,
  applied: readonly Manifest[],
  name: string,
  selector: string,
): Promise<void> {
  const pods = await cluster.pods(namespace, selector);
  const sets = applied.filter(
    ({ kind, metadata }) => kind === 'StatefulSet' && metadata.labels?.['cdk8s-stateful/cluster'] === name,
  );
  for (const { metadata } of sets) {
    const set = await cluster.apps.readNamespacedStatefulSet({ namespace, name: metadata.name });
    if (set.status?.observedGeneration !== set.metadata?.generation)
      missing(`the StatefulSet controller has not seen the change of ${metadata.name}`);
    const own = pods.filter((pod) => pod.metadata?.ownerReferences?.[0]?.name === metadata.name);
    if (own.length !== set.spec?.replicas)
      missing(`${metadata.name} has ${own.length} pods, not ${set.spec?.replicas}`);
    for (const pod of own) {
      const revision = pod.metadata?.labels?.[REVISION];
      if (!isReady(pod) || pod.metadata?.deletionTimestamp) missing(`${nameOf(pod)} is not ready`);
      if (revision !== set.status?.updateRevision) missing(`${nameOf(pod)} is not of the newest revision`);
    }
  }
}
