import * as fs from 'node:fs';
import * as path from 'node:path';
import type { KafkaGatePaths, KafkaGateSettings } from '../../../lib/kafka/gate/settings';

/** Writes a file, with its directory. */
export function put(content: string, ...at: string[]): void {
  const file = path.join(...at);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

/** The directories of one member's gate, with role files and nothing else. */
export function pathsIn(root: string): KafkaGatePaths {
  const [config, run, secrets, formed] = ['config', 'run', 'secrets', 'formed'].map((name) =>
    path.join(root, name),
  );
  for (const role of ['broker', 'controller', 'combined']) {
    put(`# ${role}\nprocess.roles=${role}\nnum.io.threads=8\n`, config, `${role}.properties`);
  }
  return { config, run, secrets, formed };
}

/** Settings of three controllers, all of them founders, and brokers 0 to 2. */
export function settingsOf(change: Partial<KafkaGateSettings> = {}): KafkaGateSettings {
  return {
    cluster: 'kafka',
    clusterId: 'AAAAAAAAAAAAAAAAAAAAcg',
    founders: [3000, 3001, 3002].map((id) => ({ id, host: `c-${id}`, port: 9093, directoryId: `dir-${id}` })),
    brokers: [0, 1, 2].map((id) => ({ id, host: `b-${id}`, port: 9091 })),
    transport: 'plain',
    zookeeper: false,
    metadataVersion: '4.2-IV1',
    ...change,
  };
}

/** `meta.properties` as Kafka writes it. */
export function metaProperties(id: number, clusterId = 'AAAAAAAAAAAAAAAAAAAAcg'): string {
  return `#\n#Sat Nov 21 15:08:22 GMT 2026\ncluster.id=${clusterId}\ndirectory.id=CaURnzToEBaYXYUFoDyPdA\nnode.id=${id}\nversion=1\n`;
}
