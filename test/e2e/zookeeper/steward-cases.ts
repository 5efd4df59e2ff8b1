import { cutOff, podNames } from '../faults/pods';
import { stewardInOffice, stewardOf } from '../faults/steward';
import { isReady, type Manifest, nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { Ensemble, NAME } from './ensemble';

const STEWARD = `${NAME}-steward`;
const SECOND_STEWARD = `${STEWARD}-second`;

/** A second steward stands by, takes over when the first one vanishes, and the first one then stands by. */
export async function twoStewards(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const { cluster, namespace } = run;
  const [first] = await podNames(run, stewardOf(NAME));
  const { spec } = await cluster.apps.readNamespacedDeployment({ namespace, name: STEWARD });
  const second: Manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: SECOND_STEWARD, namespace, labels: spec?.template.metadata?.labels },
    spec: spec?.template.spec,
  };
  await run.apply([second]);
  await standsBy(run, SECOND_STEWARD, first);

  const heal = await cutOff(run, first);
  await scaleDown(run);
  await putBack(run);
  await run.waitFor(`the lease with ${SECOND_STEWARD}`, 30, async () => {
    const holder = await stewardInOffice(run, NAME);
    if (holder !== SECOND_STEWARD) missing(`${holder || 'nobody'} has it`);
  });
  await heal();
  await standsBy(run, first, SECOND_STEWARD);
  await ensemble.witness.writesAgain(60);

  await cluster.core.deleteNamespacedPod({ namespace, name: SECOND_STEWARD, gracePeriodSeconds: 0 });
  await scaleDown(run);
  await putBack(run);
  return ensemble.finish();
}

/** What the steward's account may do, and what it may not, by the API server's own word. */
export async function rights(run: Run): Promise<undefined> {
  const ensemble = new Ensemble(run, { props: { voters: 1 }, reader: true });
  await ensemble.apply();
  await ensemble.settled();
  const elsewhere = 'default';
  const may: Right[] = [
    ...of(run, 'apps', 'statefulsets', ['get', 'list', 'watch'], NAME),
    ...of(run, 'apps', 'statefulsets/scale', ['patch'], NAME),
    ...of(run, '', 'pods', ['list', 'watch']),
    ...of(run, '', 'pods/eviction', ['create'], `${NAME}-1`),
    ...of(run, '', 'persistentvolumeclaims', ['list']),
    ...of(run, '', 'configmaps', ['create']),
    ...of(run, '', 'configmaps', ['get', 'patch'], `${NAME}-status`),
    ...of(run, '', 'configmaps', ['get', 'patch'], `${NAME}-formed`),
    ...of(run, '', 'events', ['create']),
    ...of(run, 'coordination.k8s.io', 'leases', ['create']),
    ...of(run, 'coordination.k8s.io', 'leases', ['get', 'update'], STEWARD),
  ];
  const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
  const changing = ['create', 'update', 'patch', 'delete', 'deletecollection'];
  const others = may.map((right) => ({ ...right, namespace: elsewhere }));
  const everywhere = may.map((right) => ({ ...right, namespace: '' }));
  const mayNot: Right[] = [
    ...of(run, '', 'secrets', all),
    ...of(run, '', 'secrets', all, `${NAME}-super`),
    ...of(run, '', 'pods', changing),
    ...of(run, '', 'pods', changing, `${NAME}-1`),
    ...of(run, '', 'pods/exec', ['create', 'get'], `${NAME}-1`),
    ...of(run, '', 'pods/log', ['get'], `${NAME}-1`),
    ...of(run, '', 'pods/eviction', ['create']),
    ...of(run, '', 'pods/eviction', ['create'], STEWARD),
    ...of(run, '', 'pods/eviction', ['create'], 'reader'),
    ...of(run, '', 'persistentvolumeclaims', changing),
    ...of(run, '', 'persistentvolumeclaims', changing, `data-${NAME}-1`),
    ...of(run, '', 'configmaps', ['list', 'watch', 'update', 'delete', 'deletecollection']),
    ...of(run, '', 'configmaps', ['get', 'update', 'patch', 'delete'], `${NAME}-config`),
    ...of(run, '', 'configmaps', ['update', 'delete'], `${NAME}-formed`),
    ...of(run, '', 'serviceaccounts/token', ['create'], STEWARD),
    ...of(run, 'apps', 'statefulsets', changing),
    ...of(run, 'apps', 'statefulsets', changing, NAME),
    ...of(run, 'apps', 'statefulsets', ['get', 'list', 'watch'], 'other'),
    ...of(run, 'apps', 'statefulsets/scale', ['patch', 'update'], 'other'),
    ...of(run, 'apps', 'deployments', all),
    ...of(run, 'policy', 'poddisruptionbudgets', all, NAME),
    ...of(run, 'rbac.authorization.k8s.io', 'roles', [...all, 'escalate', 'bind'], STEWARD),
    ...of(run, 'rbac.authorization.k8s.io', 'rolebindings', all, STEWARD),
    ...of(run, 'coordination.k8s.io', 'leases', ['get', 'update'], 'other'),
    ...['nodes', 'persistentvolumes', 'namespaces'].flatMap((resource) =>
      of({ namespace: '' }, '', resource, all),
    ),
    ...others,
    ...everywhere,
  ];
  const wrong: string[] = [];
  for (const [rightsOf, wanted] of [
    [may, true],
    [mayNot, false],
  ] as const) {
    for (const right of rightsOf) {
      if ((await allowed(run, right)) !== wanted)
        wrong.push(`${wanted ? 'may not' : 'may'} ${JSON.stringify(right)}`);
    }
  }
  if (wrong.length > 0) return run.fail(`the steward ${wrong.join('; ')}`);
  return undefined;
}

interface Right {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  readonly name?: string;
  readonly namespace: string;
}

function of(
  { namespace }: { namespace: string },
  group: string,
  path: string,
  verbs: readonly string[],
  name?: string,
): Right[] {
  const [resource, subresource] = path.split('/');
  return verbs.map((verb) => ({ group, resource, subresource, verb, name, namespace }));
}

async function allowed({ cluster, namespace }: Run, resourceAttributes: Right): Promise<boolean> {
  const review = await cluster.create({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:${STEWARD}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes,
    },
  });
  return review.status.allowed as boolean;
}

async function standsBy(run: Run, pod: string, holder: string): Promise<void> {
  await run.waitFor(`${pod} to stand by`, 60, async () => {
    const line = (await run.cluster.log(run.namespace, pod, { lines: 1 })).trim();
    const says = line.includes('"standby"') && line.includes(`another steward, ${holder}_`);
    if (!says) missing(`it says ${line || 'nothing'}`);
    const itself = (await run.cluster.pods(run.namespace)).find((each) => nameOf(each) === pod);
    if (itself && isReady(itself)) missing('it is ready');
  });
}

/** Gives the steward something to do. */
async function scaleDown({ cluster, namespace }: Run): Promise<void> {
  const metadata = { name: NAME, namespace };
  await cluster.merge({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { replicas: 2 } });
}

async function putBack(run: Run): Promise<void> {
  const metadata = { name: NAME, namespace: run.namespace };
  await run.waitFor('a steward to put the third member back', 60, async () => {
    const set = await run.cluster.read({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata });
    if (set?.spec.replicas !== 3) missing(`the StatefulSet is to have ${set?.spec.replicas} pods`);
  });
}
