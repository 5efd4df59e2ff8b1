import type { k8s } from 'cdk8s-plus-27';
import { objectLabels, selectorLabels } from '../core/names';
import { packageFile } from '../core/package-files';
import { bytesOf } from '../core/quantity';
import { etcdYaml } from './etcd-config';
import type { EtcdModel } from './etcd-model';
import { memberHost, memberName, PORTS } from './etcd-names';
import type { EtcdGateSettings } from './gate/settings';
import type { EtcdStewardSettings, WantedAuthentication } from './steward/settings';

/** File with the program of gate and Jobs, that of the steward, and what both import. */
export const PROGRAM = 'etcd-gate.mjs';
export const STEWARD_PROGRAM = 'etcd.mjs';
export const SHARED_PROGRAM = 'etcd-shared.mjs';

/** ConfigMap with the program of gate and Jobs, which members and Jobs mount. */
export const programMap = ({ name }: Pick<EtcdModel, 'name'>): string => `${name}-program`;

/** ConfigMap with the program of the steward. All of it together is more than one should hold. */
export const stewardProgramMap = ({ name }: Pick<EtcdModel, 'name'>): string => `${name}-steward-program`;

/** ConfigMap with what members are told. */
export const configMap = ({ name }: Pick<EtcdModel, 'name'>): string => `${name}-config`;

/** The files that members, Jobs and the steward mount: settings and programs. */
export function configMaps(
  model: EtcdModel,
  labels: Record<string, string>,
): { id: string; props: k8s.KubeConfigMapProps }[] {
  const config = {
    'etcd.yaml': etcdYaml(model),
    'gate.json': `${JSON.stringify(gateSettings(model), null, 2)}\n`,
  };
  const programs = (...files: string[]) =>
    Object.fromEntries(files.map((file) => [file, packageFile(`build/steward/${file}`)]));
  const map = (id: string, name: string, data: Record<string, string>) => ({
    id,
    props: { metadata: { name, labels }, data },
  });
  return [
    map('config', configMap(model), config),
    map('program', programMap(model), programs(PROGRAM, SHARED_PROGRAM)),
    ...(model.steward ? [map('steward-program', stewardProgramMap(model), programs(STEWARD_PROGRAM))] : []),
  ];
}

/** What gates are told. */
export function gateSettings(model: EtcdModel): EtcdGateSettings {
  const { name, members, founders, token, tls, version, data, wal, steward, props } = model;
  return {
    cluster: name,
    members,
    founders,
    token,
    peerTls: tls.peers !== undefined,
    peerPort: PORTS.peer,
    clientTls: tls.clients !== undefined,
    clientPort: PORTS.client,
    metricsPort: PORTS.metrics,
    version: version.version,
    walVolume: wal !== undefined,
    operations: steward ? 'steward' : 'none',
    keepsData: data.kind !== 'emptyDir' && wal?.kind !== 'emptyDir',
    restore: props.restore?.snapshot,
    forceNewCluster: props.forceNewCluster,
  };
}

/** CronJobs that make backups. */
export function backupNames({ name, props }: EtcdModel): string[] | undefined {
  return props.backup && [`${name}-backup`];
}

/** What the steward is told; `rendered` is the annotation of the StatefulSet that belongs to it. */
export function stewardSettings(
  model: EtcdModel,
  rendered: string,
  authentication: WantedAuthentication | undefined,
): EtcdStewardSettings {
  const { name, namespace, members, founders, tls, quota, defragmentation, data, wal, version } = model;
  const kinds = [data.kind, wal?.kind];
  return {
    cluster: name,
    sets: [name],
    namespace,
    rendered,
    selector: selectorLabels(name, 'server'),
    labels: objectLabels('etcd', name, 'steward'),
    members: members.map(({ id }) => ({ id, part: 'voter' })),
    founders,
    backups: backupNames(model),
    data: kinds.includes('emptyDir') ? 'scratch' : data.kind === 'claim' ? 'claims' : 'shared',
    host: memberHost(model, '{id}'),
    memberName: memberName(model, '{id}'),
    clientPort: PORTS.client,
    peerPort: PORTS.peer,
    metricsPort: PORTS.metrics,
    tls: tls.clients !== undefined,
    peerTls: tls.peers !== undefined,
    version: version.version,
    quota: bytesOf(quota),
    authentication,
    defragmentation: defragmentation && { ...defragmentation, minimum: bytesOf(defragmentation.minimum) },
    forceNewCluster: model.props.forceNewCluster,
  };
}
