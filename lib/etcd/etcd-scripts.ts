import type { k8s } from 'cdk8s-plus-27';
import { packageFile } from '../core/package-files';
import type { EtcdModel } from './etcd-model';

/** ConfigMap with the scripts of backups and restores. */
const scriptsMap = ({ name }: Pick<EtcdModel, 'name'>): string => `${name}-scripts`;

/** The scripts that a cluster needs, as they are in the package; undefined: none. */
export function scriptsConfigMap(
  model: EtcdModel,
  labels: Record<string, string>,
): k8s.KubeConfigMapProps | undefined {
  const { backup, restore } = model.props;
  const files = [...(backup ? ['upload.sh'] : []), ...(backup?.rehearsal || restore ? ['download.sh'] : [])];
  if (files.length === 0) return undefined;
  const data = Object.fromEntries(files.map((file) => [file, packageFile(`lib/etcd/scripts/${file}`)]));
  return { metadata: { name: scriptsMap(model), labels }, data };
}

/** Where containers have them, and the command that runs one. */
export const scriptsMount: k8s.VolumeMount = { name: 'scripts', mountPath: '/scripts', readOnly: true };
export const runScript = (script: 'upload.sh' | 'download.sh'): string[] => [`/scripts/${script}`];

/** The volume of `scriptsMount`. */
export function scriptsVolume(model: EtcdModel): k8s.Volume {
  return { name: 'scripts', configMap: { name: scriptsMap(model), defaultMode: 0o555 } };
}
