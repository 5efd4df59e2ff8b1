import type { k8s } from 'cdk8s-plus-27';
import { backupDirectory, backupSource } from '../core/backup-target';
import { helperResources, programMount, runProgram } from '../core/programs';
import { containerSecurity } from '../core/security';
import { renderStorage } from '../core/storage';
import { REDIS_GATE_PATHS as PATHS } from './gate/settings';
import { PROGRAM } from './redis-files';
import type { RedisModel } from './redis-model';
import { dataMount, podName, type RedisContext, type RestoreParts, readOnly } from './redis-pod';
import { PLAN, RESTORE_DIRECTORY } from './tasks/prepare-restore';

/**
 * What a server does before its gate where there is a backup to start from: it decides whether there is anything to restore
 * here (`prepare`), fetches its part (`download`), and takes that into use (`adopt`).
 */
export function restoreParts(model: RedisModel, context: RedisContext): RestoreParts | undefined {
  const { restore } = model.props;
  if (!restore) return undefined;
  const own = backupDirectory(model, context.environment);
  const source = backupSource(restore.from, own, restore.backup, context.credentials.restore);
  const data = dataMount(renderStorage('data', model.data, {}));
  const run = { name: 'run', mountPath: PATHS.run };
  const [directory, backup] = split(source.path);
  const program = (name: string, role: string): k8s.Container => ({
    name,
    image: context.images.node,
    command: runProgram(PROGRAM, role),
    env: [podName],
    resources: helperResources(),
    securityContext: containerSecurity,
    volumeMounts: [
      data,
      run,
      readOnly('config', PATHS.config),
      programMount,
      readOnly('formed', PATHS.formed),
    ],
  });
  const variables = {
    PLAN: `${PATHS.run}/${PLAN}`,
    SOURCE: directory,
    BACKUP: backup,
    DIRECTORY: `${PATHS.data}/${RESTORE_DIRECTORY}`,
  };
  return {
    initContainers: [
      program('prepare', 'prepare-restore'),
      {
        name: 'download',
        image: context.images.restore,
        command: ['/scripts/download.sh'],
        env: [podName, ...source.env, ...Object.entries(variables).map(([name, value]) => ({ name, value }))],
        resources: helperResources('256Mi'),
        securityContext: containerSecurity,
        volumeMounts: [
          data,
          run,
          ...source.mounts,
          readOnly('scripts', '/scripts'),
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
      program('adopt', 'adopt-restore'),
    ],
    volumes: [{ name: 'tmp', emptyDir: {} }, ...source.volumes],
  };
}

/** Directory and name. */
function split(path: string): [string, string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
}
