/** Prefix of the labels that identify what belongs to a cluster. */
export const LABEL_PREFIX = 'cdk8s-stateful';

/**
 * Labels that selectors use. They are part of every immutable selector in running clusters, so neither keys nor
 * values may change between releases.
 */
export interface SelectorLabels {
  readonly [key: string]: string;
}

/** Frozen selector labels of one component of a cluster. */
export function selectorLabels(cluster: string, component: string): SelectorLabels {
  return { [`${LABEL_PREFIX}/cluster`]: cluster, [`${LABEL_PREFIX}/component`]: component };
}

/**
 * Labels of objects: the frozen ones plus Kubernetes' recommended ones. No version among them, so that upgrading the
 * library restarts nothing.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function objectLabels(system: string, cluster: string, component: string): Record<string, string> {
  return {
    ...selectorLabels(cluster, component),
    'app.kubernetes.io/name': system,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/managed-by': 'cdk8s-stateful',
  };
}

/** Full name of a Service. */
export function serviceHost(
  { namespace, clusterDomain }: { readonly namespace: string; readonly clusterDomain: string },
  service: string,
): string {
  return `${service}.${namespace}.svc.${clusterDomain}`;
}

/** Longest cluster name: leaves room for every suffix that is put behind it, a pod's ordinal and hash included. */
export const MAX_CLUSTER_NAME = 40;

/** Whether `name` is a DNS label of Kubernetes (RFC 1035, as Services demand). */
export function isDnsLabel(name: string): boolean {
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= 63;
}

/** Findings about the name of a cluster. */
export function checkClusterName(name: string): { code: string; message: string }[] {
  const findings = [];
  if (!isDnsLabel(name)) {
    findings.push({
      code: 'core/name',
      message: `name "${name}" is not a DNS label; use lower-case letters, digits and "-", starting with a letter`,
    });
  }
  if (name.length > MAX_CLUSTER_NAME) {
    findings.push({
      code: 'core/name',
      message:
        `name "${name}" has ${name.length} characters, at most ${MAX_CLUSTER_NAME} leave room for the suffixes of ` +
        'its pods, Services and claims; choose a shorter name',
    });
  }
  return findings;
}

/** Findings about the namespace of a chart whose members call one another by name. */
export function checkNamespace(namespace: string | undefined): { code: string; message: string }[] {
  if (namespace) return [];
  const message =
    'the chart has no namespace, and members call one another by names that hold it; give the Chart a namespace: ' +
    "new Chart(app, id, { namespace: '…' })";
  return [{ code: 'core/namespace', message }];
}
