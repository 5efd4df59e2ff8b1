import { type BackupTarget, backupDirectory, backupSource } from '../core/backup-target';
import { serviceHost } from '../core/names';
import type { Finding } from '../core/problem';
import { helperResources, programMount, runProgram } from '../core/programs';
import { containerSecurity } from '../core/security';
import { PROGRAM } from './etcd-files';
import type { EtcdModel } from './etcd-model';
import { headlessName, memberHost, memberName, PORTS } from './etcd-names';
import { snapshotResources } from './etcd-room';
import { runScript, scriptsMount, scriptsVolume } from './etcd-scripts';
import { dataMounts, type EtcdContext, podName, type RestoreParts, readOnly } from './etcd-workload';
import { ETCD_GATE_PATHS, RESTORE_DIRECTORY } from './gate/settings';

/**
 * Watchers that know revisions of the cluster that was backed up must not meet them again with other contents: revisions go
 * on so much higher, and all that was before counts as compacted.
 * https://etcd.io/docs/v3.6/op-guide/recovery/#restoring-with-revision-bump
 */
export const BUMP_REVISION = 1_000_000_000;

/** Where a snapshot is restored, and as whose. */
export interface RestoreTarget {
  readonly snapshot: string;
  readonly name: string;
  readonly initialCluster: string;
  readonly token: string;
  readonly peerUrl: string;
  readonly dataDir: string;
  readonly walDir?: string;
}

/** The command that makes a data directory of a snapshot. */
export function restoreCommand(target: RestoreTarget): string[] {
  return [
    '/usr/local/bin/etcdutl',
    'snapshot',
    'restore',
    target.snapshot,
    `--name=${target.name}`,
    `--initial-cluster=${target.initialCluster}`,
    `--initial-cluster-token=${target.token}`,
    `--initial-advertise-peer-urls=${target.peerUrl}`,
    `--data-dir=${target.dataDir}`,
    ...(target.walDir ? [`--wal-dir=${target.walDir}`] : []),
    `--bump-revision=${BUMP_REVISION}`,
    '--mark-compacted',
  ];
}

/** Where the backup is that a cluster starts from; undefined: it starts empty. */
function sourceOf(model: EtcdModel, context: EtcdContext): BackupTarget | undefined {
  const { restore } = model.props;
  if (!restore) return undefined;
  const own = backupDirectory(model, context.environment);
  return backupSource(restore.from, own, restore.snapshot, context.credentials.restore);
}

/**
 * What a founder does before its gate: it decides whether there is anything to restore (`prepare`), fetches the backup
 * (`download`), and makes a data directory of it (`restore`), which the gate takes into use when it founds. The last step
 * runs always, since etcd's image has no shell that could skip it: on a disk that is in use it restores nothing into a
 * scratch directory.
 */
export function restoreParts(model: EtcdModel, context: EtcdContext): RestoreParts {
  const source = sourceOf(model, context);
  if (!source) return { initContainers: [], volumes: [] };
  const data = dataMounts(model, context);
  const work = { name: 'work', mountPath: RESTORE_DIRECTORY };
  const snapshot = source.path.slice(source.path.lastIndexOf('/') + 1);
  return {
    initContainers: [
      {
        name: 'prepare',
        image: context.images.node,
        command: runProgram(PROGRAM, 'prepare-restore'),
        env: [podName],
        resources: helperResources(),
        securityContext: containerSecurity,
        volumeMounts: [
          ...data,
          work,
          readOnly('config', ETCD_GATE_PATHS.config),
          programMount,
          readOnly('formed', ETCD_GATE_PATHS.formed),
        ],
      },
      {
        name: 'download',
        image: context.images.restore,
        command: runScript('download.sh'),
        env: [
          podName,
          ...source.env,
          { name: 'PLAN', value: `${RESTORE_DIRECTORY}/plan` },
          { name: 'SOURCE', value: source.path.slice(0, source.path.lastIndexOf('/')) },
          { name: 'SNAPSHOT', value: snapshot },
          { name: 'DIRECTORY', value: `${ETCD_GATE_PATHS.data}/restore` },
        ],
        resources: helperResources('256Mi'),
        securityContext: containerSecurity,
        volumeMounts: [...data, work, ...source.mounts, scriptsMount, { name: 'tmp', mountPath: '/tmp' }],
      },
      {
        name: 'restore',
        image: context.images.server,
        command: restoreCommand({
          snapshot: `${RESTORE_DIRECTORY}/snapshot.db`,
          name: '$(POD_NAME)',
          initialCluster: foundersOf(model),
          token: model.token,
          peerUrl: peerUrl(model, `$(POD_NAME).${serviceHost(model, headlessName(model))}`),
          dataDir: `${RESTORE_DIRECTORY}/target/restored`,
          walDir: model.wal && `${RESTORE_DIRECTORY}/target-wal/restored`,
        }),
        env: [podName],
        resources: snapshotResources(model),
        securityContext: containerSecurity,
        volumeMounts: [...data, work],
      },
    ],
    volumes: [
      { name: 'work', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
      scriptsVolume(model),
      ...source.volumes,
    ],
  };
}

function peerUrl({ tls }: EtcdModel, host: string): string {
  return `${tls.peers ? 'https' : 'http'}://${host}:${PORTS.peer}`;
}

/** `initial-cluster` of the cluster that is formed. */
function foundersOf(model: EtcdModel): string {
  return model.founders
    .map((id) => `${memberName(model, id)}=${peerUrl(model, memberHost(model, id))}`)
    .join(',');
}

/** What is wrong with restoring a cluster that has changed since it was formed. */
export function checkRestoredFounders({ props, members, founders }: EtcdModel): Finding[] {
  if (!props.restore || founders.length >= members.length) return [];
  // etcdutl restores founders alone, and runs in each pod.
  const message = `restore: only the ${founders.length} founders of ${members.length} members can start from a backup, which is long done where members were added since; leave restore out`;
  return [{ code: 'etcd/restore', message }];
}
