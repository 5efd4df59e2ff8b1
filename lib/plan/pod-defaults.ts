// biome-ignore lint/suspicious/noExplicitAny: objects of any shape, completed in place
type Any = any;

/** Sets a field that is not there. */
export function fill(object: Any, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) object[name] ??= value;
}

function list(value: Any): Any[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : [];
}

function handler(action: Any): void {
  if (action?.httpGet) fill(action.httpGet, { path: '/', scheme: 'HTTP' });
  if (action?.grpc) fill(action.grpc, { service: '' });
}

function probe(of: Any): void {
  if (!of) return;
  handler(of);
  fill(of, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
}

/** `latest`, said or meant, is pulled each time; everything else is taken from the node. */
function pullPolicy(image: unknown): string {
  const name = String(image ?? '');
  if (name.includes('@')) return 'IfNotPresent';
  const tag = name.slice(name.lastIndexOf('/') + 1).split(':')[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function fieldRef(source: Any): void {
  if (source?.fieldRef) fill(source.fieldRef, { apiVersion: 'v1' });
  if (source?.resourceFieldRef) fill(source.resourceFieldRef, { divisor: '0' });
}

function container(of: Any, hostNetwork: boolean): void {
  fill(of, {
    imagePullPolicy: pullPolicy(of.image),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  for (const port of list(of.ports)) {
    fill(port, { protocol: 'TCP' });
    if (hostNetwork) fill(port, { hostPort: port.containerPort });
  }
  for (const variable of list(of.env)) {
    fieldRef(variable.valueFrom);
    if (variable.valueFrom?.fileKeyRef) fill(variable.valueFrom.fileKeyRef, { optional: false });
  }
  for (const of_ of [of.livenessProbe, of.readinessProbe, of.startupProbe]) probe(of_);
  handler(of.lifecycle?.postStart);
  handler(of.lifecycle?.preStop);
  if (of.resources?.limits) of.resources.requests = { ...of.resources.limits, ...of.resources.requests };
}

function downward(source: Any): void {
  for (const item of list(source?.items)) fieldRef(item);
}

function volume(of: Any): void {
  if (Object.keys(of).every((name) => name === 'name')) of.emptyDir = {};
  for (const source of ['secret', 'configMap', 'projected', 'downwardAPI'])
    if (of[source]) fill(of[source], { defaultMode: 0o644 });
  downward(of.downwardAPI);
  if (of.hostPath) fill(of.hostPath, { type: '' });
  for (const source of list(of.projected?.sources)) {
    downward(source.downwardAPI);
    if (source.serviceAccountToken) fill(source.serviceAccountToken, { expirationSeconds: 3600 });
  }
  if (of.ephemeral?.volumeClaimTemplate?.spec)
    fill(of.ephemeral.volumeClaimTemplate.spec, { volumeMode: 'Filesystem' });
}

/**
 * Completes the spec of a pod with what the API server puts where a field is missing.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/v1/defaults.go
 */
export function completePod(spec: Any): void {
  if (typeof spec !== 'object' || spec === null) return;
  fill(spec, {
    dnsPolicy: 'ClusterFirst',
    enableServiceLinks: true,
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
  });
  // The old name of the field, which the API server keeps in step.
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined) spec.serviceAccountName = account;
  delete spec.serviceAccount;
  for (const of of [...list(spec.initContainers), ...list(spec.containers)])
    container(of, spec.hostNetwork === true);
  for (const of of list(spec.volumes)) volume(of);
}
