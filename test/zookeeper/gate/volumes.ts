import * as fs from 'node:fs';
import * as path from 'node:path';
import type { GatePaths, GateSettings } from '../../../lib/zookeeper/gate/settings';

/** The directories of one member's gate, empty but for the configuration. */
export function pathsIn(root: string): GatePaths {
  const paths = {
    data: path.join(root, 'data'),
    log: path.join(root, 'log'),
    config: path.join(root, 'config'),
    run: path.join(root, 'run'),
    secrets: path.join(root, 'secrets'),
    formed: path.join(root, 'formed'),
  };
  for (const directory of [paths.data, paths.log, paths.config]) fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(paths.config, 'zoo.cfg'), '# wanted\ntickTime=2000\n');
  return paths;
}

/** Settings of three members, all of them founders. */
export function settingsOf(change: Partial<GateSettings> = {}): GateSettings {
  return {
    cluster: 'zk',
    members: [1, 2, 3].map((id) => ({ id, host: `zk-${id}`, role: 'participant' })),
    founders: [1, 2, 3],
    port: 2181,
    tls: false,
    quorumPort: 2888,
    electionPort: 3888,
    transactionLogVolume: false,
    ...change,
  };
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

/** Bytes that ZooKeeper takes for a whole snapshot at a glance. */
export const SNAPSHOT = Buffer.from('ZKSN....some data....\0\0\0\x01/', 'latin1');

/** Writes a file, with its directory. */
export function put(content: string | Buffer, ...at: string[]): void {
  const file = path.join(...at);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
