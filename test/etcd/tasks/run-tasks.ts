import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Address } from '../../../lib/etcd/api/types';
import { type BackupOptions, runBackup } from '../../../lib/etcd/tasks/backup';
import { type CheckOptions, runCheckRestore } from '../../../lib/etcd/tasks/check-restore';
import type { EtcdBackupFacts } from '../../../lib/etcd/tasks/settings';
import { type EtcdCluster, EtcdProcess, ROOT, runEtcdTool } from '../../support/etcd-cluster';

type Line = Record<string, unknown>;

/** Mounts the Secrets of a cluster: keys where it talks TLS, and the login. */
export function mountSecrets(cluster: EtcdCluster, login = ROOT): string {
  const secrets = path.join(cluster.dir, 'secrets');
  fs.mkdirSync(path.join(secrets, 'root'), { recursive: true });
  for (const [name, text] of Object.entries(login)) fs.writeFileSync(path.join(secrets, 'root', name), text);
  if (cluster.tls) fs.cpSync(path.join(cluster.dir, 'tls'), path.join(secrets, 'tls'), { recursive: true });
  return secrets;
}

/** Backs up members, and gives what is left in the directory, with the lines that were logged. */
export async function backUp(
  directory: string,
  members: readonly Address[],
  {
    tls = false,
    authentication = false,
    ...options
  }: BackupOptions & { tls?: boolean; authentication?: boolean } = {},
): Promise<{ facts: EtcdBackupFacts; name: string; lines: Line[] }> {
  fs.mkdirSync(directory, { recursive: true });
  process.env.BACKUP = JSON.stringify({ members, tls, authentication, directory });
  const lines: Line[] = [];
  try {
    await runBackup((line) => lines.push(line), options);
  } finally {
    delete process.env.BACKUP;
  }
  const read = (file: string) => fs.readFileSync(path.join(directory, file), 'utf8');
  return { facts: JSON.parse(read('snapshot.json')), name: read('name'), lines };
}

/** Restores a snapshot into a member of its own, as a rehearsal does, and starts it. */
export async function rehearse(directory: string, version?: string): Promise<EtcdProcess> {
  const server = await EtcdProcess.create(path.join(directory, 'rehearsal'), version);
  const url = `http://127.0.0.1:${server.ports.peer}`;
  await runEtcdTool(
    'etcdutl',
    [
      ...['snapshot', 'restore', path.join(directory, 'snapshot.db'), `--data-dir=${server.data}`],
      ...['--name=rehearsal', `--initial-cluster=rehearsal=${url}`, `--initial-advertise-peer-urls=${url}`],
      ...['--initial-cluster-token=rehearsal', '--bump-revision=1000000000', '--mark-compacted'],
    ],
    version,
  );
  server.configure({ name: 'rehearsal' });
  await server.start();
  return server;
}

/** Checks what was restored from a directory; gives the lines that were logged. */
export async function checkRestore(
  directory: string,
  member: Address,
  { authentication = false, ...options }: CheckOptions & { authentication?: boolean } = {},
): Promise<Line[]> {
  process.env.REHEARSAL = JSON.stringify({ member, authentication, directory });
  const lines: Line[] = [];
  try {
    await runCheckRestore((line) => lines.push(line), options);
  } finally {
    delete process.env.REHEARSAL;
  }
  return lines;
}
