import { k8s } from 'cdk8s-plus-27';
import type { Rendered } from './rendering';

const hostAliases = [{ ip: '10.0.0.1', hostnames: ['x'] }];
const variable = { name: 'EXTRA', value: '1' };
const sidecar = { name: 'sidecar', image: 'sidecar:1' };
const volume = { name: 'more', emptyDir: {} };

/** Overrides that add to every kind of list of a pod, and to a container of this name, which mounts something more. */
export function additionsTo(container: string, mount: k8s.VolumeMount) {
  return {
    metadata: { annotations: { 'example.com/team': 'a' } },
    spec: {
      hostAliases,
      containers: [
        {
          name: container,
          env: [variable],
          volumeMounts: [mount],
          resources: { limits: { cpu: k8s.Quantity.fromString('4') } },
        },
        sidecar,
      ],
      volumes: [volume],
    },
  };
}

/** What these make of a StatefulSet whose first container has that name. */
export function withAdditions(set: Rendered, mount: k8s.VolumeMount): Rendered {
  const expected = structuredClone(set);
  const { metadata, spec } = expected.spec.template;
  metadata.annotations['example.com/team'] = 'a';
  spec.hostAliases = hostAliases;
  spec.containers[0].env.push(variable);
  spec.containers[0].volumeMounts.push(mount);
  spec.containers[0].resources.limits.cpu = '4';
  spec.containers.push(sidecar);
  spec.volumes.push(volume);
  return expected;
}
