import { isReady, nameOf } from './cluster';
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
