import { k8s } from 'cdk8s-plus-27';

const MIB = 1024 ** 2;

/** An emptyDir for files of so many bytes, which may not grow beyond them. */
export function scratchVolume(name: string, bytes: number): k8s.Volume {
  return { name, emptyDir: { sizeLimit: mebibytes(bytes) } };
}

/**
 * Resources of a container that writes so many bytes into scratch volumes, so that its pod goes to a node that has room.
 * https://kubernetes.io/docs/concepts/storage/ephemeral-storage/
 */
export function withScratch(resources: k8s.ResourceRequirements, bytes: number): k8s.ResourceRequirements {
  if (bytes === 0) return resources;
  return { ...resources, requests: { ...resources.requests, 'ephemeral-storage': mebibytes(bytes) } };
}

function mebibytes(bytes: number): k8s.Quantity {
  return k8s.Quantity.fromString(`${Math.ceil(bytes / MIB)}Mi`);
}
