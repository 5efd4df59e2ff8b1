import type { ApiObject } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';

type Manifest = ConstructorParameters<typeof ApiObject>[2] & { readonly spec?: unknown };

/**
 * Makes init containers of a CronJob run beside those that come after them, and end after the last. The types of
 * cdk8s-plus-27 do not know the field; it needs Kubernetes 1.29.
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 * @param names of the containers
 */
export function withSidecars(cronJob: Manifest, names: readonly string[]): Manifest {
  const change = (container: k8s.Container) =>
    names.includes(container.name) ? { ...container, restartPolicy: 'Always' } : container;
  const { spec, jobTemplate, template, pod } = partsOf(cronJob);
  const changed = { ...pod, initContainers: (pod.initContainers ?? []).map(change) };
  const job = { ...jobTemplate.spec, template: { ...template, spec: changed } };
  return { ...cronJob, spec: { ...spec, jobTemplate: { ...jobTemplate, spec: job } } };
}

function partsOf(cronJob: Manifest) {
  const spec = cronJob.spec as k8s.CronJobSpec;
  const { jobTemplate } = spec;
  const template = jobTemplate.spec?.template as k8s.PodTemplateSpec;
  return { spec, jobTemplate, template, pod: template.spec as k8s.PodSpec };
}
