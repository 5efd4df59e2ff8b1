import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EtcdGatePaths, EtcdGateSettings } from '../../../lib/etcd/gate/settings';

/** The directories of one member's gate, empty but for a common etcd.yaml. */
export function pathsIn(root: string): EtcdGatePaths {
  const at = (name: string) => path.join(root, name);
  const paths = {
    config: at('config'),
    run: at('run'),
    secrets: at('secrets'),
    formed: at('formed'),
    data: at('volume'),
    wal: at('wal-volume'),
  };
  for (const directory of [paths.config, paths.data, paths.wal]) fs.mkdirSync(directory, { recursive: true });
  put('# common\nlog-level: info\n', paths.config, 'etcd.yaml');
  return paths;
}

/** Settings of three members, all of them founders. */
export function settingsOf(change: Partial<EtcdGateSettings> = {}): EtcdGateSettings {
  return {
    cluster: 'etcd',
    members: membersOf(3),
    founders: [0, 1, 2],
    token: 'prod/ns/etcd',
    peerTls: false,
    peerPort: 2380,
    clientTls: false,
    clientPort: 2379,
    metricsPort: 2381,
    version: '3.6.14',
    walVolume: false,
    keepsData: true,
    operations: 'steward',
    ...change,
  };
}

export function membersOf(count: number): EtcdGateSettings['members'] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `etcd-${id}`,
    host: `etcd-${id}.etcd-headless`,
  }));
}

/** All files below a directory with what they hold. */
export function filesIn(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) found[path.relative(directory, file)] = fs.readFileSync(file, 'latin1');
  }
  return found;
}

/** Writes a file, with its directory. */
export function put(content: string | Buffer, ...at: string[]): void {
  const file = path.join(...at);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
