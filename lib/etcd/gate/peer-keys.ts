import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';

/**
 * With what members show one another who they are, as it is mounted now.
 * @throws Error when the Secret is not mounted, or has not got a key
 */
export function peerKeys(secrets: string): ConnectionOptions {
  const [key, cert, ca] = ['tls.key', 'tls.crt', 'ca.crt'].map((name) => {
    const file = join(secrets, 'peer', name);
    if (!existsSync(file)) throw new Error(`members talk TLS to one another, and there is no ${file}`);
    return readFileSync(file, 'utf8');
  });
  return { key, cert, ca };
}
