import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transport } from '../wire/types';

/**
 * How to talk to the cluster's servers, with the Secrets as they are mounted now.
 * @throws Error when a Secret that it takes is not mounted, or has not got a key
 */
export function readTransport(secrets: string, kind: 'plain' | 'tls' | 'sasl', timeoutMs: number): Transport {
  const read = (directory: string, name: string): string => {
    const file = join(secrets, directory, name);
    if (!existsSync(file))
      throw new Error(`servers talk to one another by ${kind.toUpperCase()}, and there is no ${file}`);
    return readFileSync(file, 'utf8');
  };
  if (kind === 'tls') {
    const [key, cert, ca] = ['tls.key', 'tls.crt', 'ca.crt'].map((name) => read('tls', name));
    return { timeoutMs, tls: { key, cert, ca } };
  }
  if (kind === 'plain') return { timeoutMs };
  const [username, password] = ['username', 'password'].map((name) => read('internal', name).trim());
  return { timeoutMs, login: { mechanism: 'PLAIN', username, password } };
}

// Kafka replaces it by the file's content.
const secret = (key: string) => `\${dir:/secrets/internal:${key}}`;

/** Properties with which Kafka's own tools talk to the cluster's servers, from within a server's container. */
export function adminProperties(kind: 'plain' | 'tls' | 'sasl'): string {
  const lines = {
    plain: ['security.protocol=PLAINTEXT'],
    tls: [
      'security.protocol=SSL',
      'ssl.keystore.type=PEM',
      'ssl.keystore.location=/secrets/tls/tls-combined.pem',
      'ssl.truststore.type=PEM',
      'ssl.truststore.location=/secrets/tls/ca.crt',
    ],
    sasl: [
      'security.protocol=SASL_PLAINTEXT',
      'sasl.mechanism=PLAIN',
      'config.providers=dir',
      'config.providers.dir.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider',
      'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ' +
        `username="${secret('username')}" password="${secret('password')}";`,
    ],
  };
  return `${lines[kind].join('\n')}\n`;
}
