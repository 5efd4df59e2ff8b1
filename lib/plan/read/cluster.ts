import { keyOf } from '../identity';
import type { Manifest } from '../types';
import { get } from './kubectl';
import { asApplied, wasApplied } from './live';
import type { Reading } from './reading';
import { hideSecret } from './secret';

/** The live counterpart of a rendering. */
export interface LiveReading {
  readonly before: Reading;
  /** The rendering without what may not be read in the cluster: nothing can be said of that. */
  readonly after: Reading;
}

const CLUSTER = 'cdk8s-stateful/cluster';

// What is looked for in the cluster though a rendering has it no more.
const OF_CLUSTERS = [
  'statefulsets.apps',
  'deployments.apps',
  'services',
  'configmaps',
  'persistentvolumeclaims',
  'serviceaccounts',
  'poddisruptionbudgets.policy',
  'networkpolicies.networking.k8s.io',
  'cronjobs.batch',
];

/**
 * Reads the live counterparts of a rendering, and of this package's clusters in the same namespaces what the rendering
 * has no more. Reads only, by the user's kubectl and kubeconfig.
 * @throws where the API server cannot be reached
 */
export async function readCluster(after: Reading, context?: string): Promise<LiveReading> {
  const wanted = after.objects.map(({ manifest }) => manifest);
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: wanted.map(reference) });
  const namespaces = [...new Set(wanted.flatMap(({ metadata }) => metadata.namespace ?? []))];
  const [counterparts, ...ours] = await Promise.all([
    get(['-f', '-'], context, list),
    ...namespaces.map((namespace) => get([OF_CLUSTERS.join(','), '-n', namespace, '-l', CLUSTER], context)),
  ]);

  const named = new Set(wanted.map(keyOf));
  const live = new Map(counterparts.items.map((each) => [keyOf(each), each]));
  const inCurrentNamespace = new Map(
    counterparts.items
      .filter((each) => !named.has(keyOf(each)))
      .map((each) => [keyOf({ ...each, metadata: { name: each.metadata.name } }), each]),
  );
  const pairs = after.objects.flatMap(({ stack, manifest }) => {
    const found = live.get(keyOf(manifest)) ?? inCurrentNamespace.get(keyOf(manifest));
    return found ? [{ stack, manifest: hideSecret(asApplied(found, manifest)) }] : [];
  });
  const gone = ours
    .flatMap(({ items }) => items)
    .filter((each) => wasApplied(each) && !named.has(keyOf(each)))
    .map((each) => ({ stack: stackOfCluster(after, each), manifest: asApplied(each) }));

  const unread = [counterparts, ...ours].flatMap((each) => each.unread);
  return {
    before: {
      name: context === undefined ? 'the cluster' : `the cluster of context ${context}`,
      objects: [...pairs, ...gone],
      others: after.others,
      unread: [...new Set(unread.map(({ text }) => text))],
    },
    after: {
      ...after,
      objects: after.objects.filter(({ manifest }) => !unread.some(({ forbids }) => forbids(manifest))),
    },
  };
}

/** The stack that the rest of an object's cluster is in. */
function stackOfCluster({ objects }: Reading, { metadata }: Manifest): string | undefined {
  const cluster = metadata.labels?.[CLUSTER];
  return objects.find(
    ({ manifest }) =>
      manifest.metadata.namespace === metadata.namespace && manifest.metadata.labels?.[CLUSTER] === cluster,
  )?.stack;
}

function reference({ apiVersion, kind, metadata: { name, namespace } }: Manifest): Manifest {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}
