import { k8s } from 'cdk8s-plus-27';

/** Official Node.js image that runs the programs of the library. */
export const NODE_IMAGE = 'node:22-bookworm-slim';

/** Where containers have the ConfigMap with their program. */
export const programMount: k8s.VolumeMount = { name: 'program', mountPath: '/program', readOnly: true };

/** Where containers have the keys of their cluster. */
export const tlsMount: k8s.VolumeMount = { name: 'tls', mountPath: '/secrets/tls', readOnly: true };

/** The volume of `programMount`; files of another ConfigMap lie beside those of the first. */
export function programVolume(
  configMap: string,
  shared?: { readonly configMap: string; readonly files: readonly string[] },
): k8s.Volume {
  if (!shared) return { name: 'program', configMap: { name: configMap } };
  const items = shared.files.map((file) => ({ key: file, path: file }));
  const sources = [{ configMap: { name: configMap } }, { configMap: { name: shared.configMap, items } }];
  return { name: 'program', projected: { sources } };
}

/** The volume of `tlsMount`. */
export function tlsVolume(secretName: string): k8s.Volume {
  return { name: 'tls', secret: { secretName, defaultMode: 0o440 } };
}

/** The command that runs a program in one of its roles. */
export function runProgram(file: string, ...role: string[]): string[] {
  return ['node', `/program/${file}`, ...role];
}

/** Resources of the short-lived helpers in init containers and Jobs. */
export function helperResources(memory = '128Mi'): k8s.ResourceRequirements {
  const quantity = k8s.Quantity.fromString(memory);
  return {
    requests: { cpu: k8s.Quantity.fromString('20m'), memory: quantity },
    limits: { memory: quantity },
  };
}
