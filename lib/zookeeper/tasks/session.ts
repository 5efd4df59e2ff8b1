import { existsSync, readFileSync } from 'node:fs';
import type { Keys } from '../gate/secrets';
import { GATE_PATHS } from '../gate/settings';
import { isZooKeeperError, ZooKeeperClient } from '../wire/client';

const TLS = `${GATE_PATHS.secrets}/tls`;

/** Keys of the servers' own certificate, which the programs of an ensemble share, as they are now. */
export function keys(): Keys | undefined {
  if (!existsSync(`${TLS}/tls.crt`)) return undefined;
  const read = (name: string) => readFileSync(`${TLS}/${name}`);
  return { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') };
}

/** Uses a session of the super user, where one is given, and of the user to log in as, where one has to. */
export async function withSession<T>(
  servers: readonly { readonly host: string; readonly port: number }[],
  options: { readonly tls: boolean; readonly timeoutMs: number },
  use: (client: ZooKeeperClient) => Promise<T>,
): Promise<T> {
  const { SUPER_USERNAME: username, SUPER_PASSWORD: password } = process.env;
  const { CLIENT_USERNAME: login, CLIENT_PASSWORD: secret } = process.env;
  const client = await ZooKeeperClient.connect({
    servers,
    sessionTimeoutMs: options.timeoutMs,
    connectTimeoutMs: options.timeoutMs,
    tls: options.tls ? keys() : undefined,
    auth: username && password ? [{ scheme: 'digest', auth: `${username}:${password}` }] : undefined,
    // Servers that demand a login close a session that is the super user's and nobody's else.
    sasl: login && secret ? { username: login, password: secret } : undefined,
  });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** The error with its likely reason, where it is about rights. */
export function explained(error: unknown): unknown {
  if (isZooKeeperError(error, 'InvalidAcl')) {
    const why = 'the servers know no users by SASL (authentication.clients), who could be named in an ACL';
    return new Error(`${error.message}: ${why}`, { cause: error });
  }
  if (!isZooKeeperError(error, 'NoAuth')) return error;
  const who = process.env.SUPER_USERNAME
    ? `the servers do not know the super user "${process.env.SUPER_USERNAME}" by this password, which they read when they start`
    : 'no super user is given (authentication.superUser)';
  return new Error(`${error.message}: ${who}`, { cause: error });
}
