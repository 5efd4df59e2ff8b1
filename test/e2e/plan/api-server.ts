import { fieldChanges } from '../../../lib/plan/compare';
import { describe, namespaceOf } from '../../../lib/plan/identity';
import { plan } from '../../../lib/plan/plan';
import type { Manifest } from '../../../lib/plan/types';
import { container } from '../../plan/objects';
import { type Pair, rendering } from '../../plan/pair';
import { pairs } from '../../plan/pairs';
import { type Manifest as Applied, reasonOf } from '../harness/cluster';
import type { Run } from '../harness/run';

/** Fields that the API server or a controller gives a value that nobody can know beforehand. */
const HANDED_OUT = new RegExp(
  [
    '^spec\\.(clusterIPs?|ipFamil|ports\\[.*\\]\\.nodePort|healthCheckNodePort|claimRef|volumeName|replicas)',
    '^spec\\.(storageClassName|nodeName|tolerations|preemptionPolicy|priority|serviceAccountName|volumes\\[kube-api-access)',
    '^spec\\.containers\\[web\\]\\.volumeMounts',
    '^metadata\\.(finalizers|annotations|labels)',
    '^spec\\.(conversion|names|versions)',
  ].join('|'),
);

/** An object of a pair under a name of its own, so that pairs do not meet. */
function own(manifest: Manifest, at: number, namespace: string): Applied {
  const { metadata } = manifest;
  const name = manifest.kind === 'CustomResourceDefinition' ? metadata.name : `p${at}-${metadata.name}`;
  const place = namespaceOf(manifest) === '' ? {} : { namespace };
  return { ...manifest, metadata: { ...metadata, name, ...place } } as Applied;
}

/** A pod that makes Kubernetes find a volume for a claim. */
function consumer(claim: Applied): Applied {
  const { name, namespace } = claim.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-consumer`, namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          ...container,
          image: 'registry.k8s.io/pause:3.10',
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }],
    },
  };
}

async function bind(run: Run, claim: Applied): Promise<void> {
  await run.cluster.apply(consumer(claim));
  await run.waitFor(`${claim.metadata.name} bound`, 120, async () => {
    const stored = await run.cluster.read(claim);
    if (stored?.status?.phase !== 'Bound') throw new Error('the claim is not bound');
  });
}

/** Its names and scope may be changed as long as the API server has not taken it up. */
async function established(run: Run, definition: Applied): Promise<void> {
  await run.waitFor(`${definition.metadata.name} established`, 30, async () => {
    const conditions: { type: string; status: string }[] =
      (await run.cluster.read(definition))?.status?.conditions ?? [];
    if (!conditions.some(({ type, status }) => type === 'Established' && status === 'True'))
      throw new Error('the definition is not established');
  });
}

/** What is wrong with what the plan says of a pair, by the word of the API server. */
async function faults(run: Run, { before, after, server }: Pair, at: number, namespace: string) {
  const found: string[] = [];
  const refusals = new Set(
    plan(rendering(before), rendering(after))
      .subjects.flatMap(({ effects }) => effects)
      .filter(({ verdict }) => verdict === 'refused')
      .map(({ object }) => object),
  );
  for (const manifest of before) {
    const mine = own(manifest, at, namespace);
    if (namespaceOf(manifest) === '') run.onEnd(() => run.cluster.delete(mine));
    const stored = (await run.cluster.apply(mine)) as Manifest;
    const unforeseen = fieldChanges(mine as Manifest, stored).filter(({ path }) => !HANDED_OUT.test(path));
    if (unforeseen.length > 0) found.push(`${describe(manifest)}: stored with ${JSON.stringify(unforeseen)}`);
    if (manifest.kind === 'CustomResourceDefinition') await established(run, mine);
    if (server === 'bound' && manifest.kind === 'PersistentVolumeClaim') await bind(run, mine);
  }
  for (const manifest of after) {
    const object = describe(manifest);
    const answer = await run.cluster.wouldApply(own(manifest, at, namespace)).then(
      () => undefined,
      (error) => reasonOf(error),
    );
    if (refusals.has(object) && answer === undefined) found.push(`${object}: it is accepted`);
    if (!refusals.has(object) && answer !== undefined) found.push(`${object}: it is refused: ${answer}`);
    if (refusals.has(object) && answer !== undefined) console.log(`${object}: ${answer.slice(0, 200)}`);
  }
  return found;
}

/** Applies the first half of every pair, and asks whether the second half would be let in. */
export async function askApiServer(run: Run): Promise<undefined> {
  const crowd = `${run.namespace}-pods`;
  for (const name of [run.namespace, crowd]) await run.ensureNamespace(name);
  // Nothing of what is applied here has to run, apart from single pods.
  await run.cluster.apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'no-pods', namespace: run.namespace },
    spec: { hard: { pods: '0' } },
  });
  const found: string[] = [];
  let asked = 0;
  for (const [at, pair] of pairs.entries()) {
    if (pair.server === 'not asked') continue;
    const single = pair.server === 'bound' || pair.before.some(({ kind }) => kind === 'Pod');
    asked += 1;
    try {
      const wrong = await faults(run, pair, at, single ? crowd : run.namespace);
      found.push(...wrong.map((fault) => `${pair.name}: ${fault}`));
    } catch (error) {
      found.push(`${pair.name}: ${reasonOf(error)}`);
    }
  }
  if (found.length > 0) throw new Error(`of ${asked} pairs:\n${found.join('\n')}`);
  return undefined;
}
