import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Acl, isZooKeeperError, Perms, ZooKeeperClient, type ZooKeeperErrorCode } from '../wire/client';

/** What a provisioning Job brings about, as JSON in its variable PROVISION. */
export interface Provision {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  /** Persistent znodes to create where they are missing, parents included. */
  readonly znodes: readonly string[];
  /** SASL users who may reconfigure the ensemble; undefined leaves the ACL of `/zookeeper/config` alone. */
  readonly reconfigurers?: readonly string[];
}

/** How long a run keeps trying. */
export interface Patience {
  /** For the ensemble to be there, all tries together. @default 5 minutes */
  readonly totalMs: number;
  /** For one try. @default 20 seconds */
  readonly tryMs: number;
  /** Between tries. @default 5 seconds */
  readonly pauseMs: number;
}

const CONFIG = '/zookeeper/config';
const PATIENCE: Patience = { totalMs: 300_000, tryMs: 20_000, pauseMs: 5_000 };
/** What passes once the ensemble has formed or has elected a leader. */
const PASSING: ZooKeeperErrorCode[] = [
  'ConnectionLoss',
  'OperationTimeout',
  'SessionExpired',
  'SessionMoved',
];

/**
 * Converges what a Job was made for. An ensemble that does not answer is waited for; it throws when it takes too long,
 * so that the Job tries again, and at once when trying again would not help.
 */
export async function runProvision(
  log: (line: Record<string, unknown>) => void,
  patience: Patience = PATIENCE,
): Promise<void> {
  const wanted = JSON.parse(process.env.PROVISION ?? '{}') as Provision;
  const deadline = Date.now() + patience.totalMs;
  let told = '';
  for (;;) {
    try {
      await converge(wanted, patience);
      log({ provision: 'done', znodes: wanted.znodes, reconfigurers: wanted.reconfigurers });
      return;
    } catch (error) {
      if (!isZooKeeperError(error, ...PASSING) || Date.now() + patience.pauseMs > deadline)
        throw explained(error);
      const { message } = error;
      if (message !== told)
        log({ provision: 'wait', reason: `the ensemble does not answer yet: ${message}` });
      told = message;
      await delay(patience.pauseMs);
    }
  }
}

async function converge(wanted: Provision, { tryMs }: Patience): Promise<void> {
  const { SUPER_USERNAME: username, SUPER_PASSWORD: password } = process.env;
  const { CLIENT_USERNAME: login, CLIENT_PASSWORD: secret } = process.env;
  const client = await ZooKeeperClient.connect({
    servers: [...wanted.servers],
    sessionTimeoutMs: tryMs,
    connectTimeoutMs: tryMs,
    tls: wanted.tls ? tlsOptions() : undefined,
    auth: username && password ? [{ scheme: 'digest', auth: `${username}:${password}` }] : undefined,
    // Servers that demand a login close a session that is the super user's and nobody's else.
    sasl: login && secret ? { username: login, password: secret } : undefined,
  });
  try {
    for (const znode of wanted.znodes) await createAll(client, znode);
    if (wanted.reconfigurers) await client.setACL(CONFIG, configAcl(wanted.reconfigurers));
  } finally {
    await client.close();
  }
}

function explained(error: unknown): unknown {
  if (isZooKeeperError(error, 'InvalidAcl')) {
    const why = 'the servers know no users by SASL (authentication.clients), who could reconfigure';
    return new Error(`${error.message}: ${why}`, { cause: error });
  }
  if (!isZooKeeperError(error, 'NoAuth')) return error;
  const who = process.env.SUPER_USERNAME
    ? `the servers do not know the super user "${process.env.SUPER_USERNAME}" by this password`
    : 'no super user is given (authentication.superUser)';
  return new Error(`${error.message}: ${who}`, { cause: error });
}

/** Everybody reads the configuration, as clients do to follow the ensemble; the named users change it. */
export function configAcl(users: readonly string[]): Acl[] {
  return [
    { perms: Perms.read, scheme: 'world', id: 'anyone' },
    ...users.map((id) => ({ perms: Perms.read | Perms.write, scheme: 'sasl', id })),
  ];
}

async function createAll(client: ZooKeeperClient, path: string): Promise<void> {
  const parts = path.split('/').slice(1);
  for (let depth = 1; depth <= parts.length; depth++) {
    const parent = `/${parts.slice(0, depth).join('/')}`;
    // Asked first: who may not create below a znode is refused even what is there already.
    if (await client.exists(parent)) continue;
    try {
      await client.create(parent, Buffer.alloc(0));
    } catch (error) {
      if (!isZooKeeperError(error, 'NodeExists')) throw error;
    }
  }
}

/** Keys of the servers' own certificate, which a Job of the cluster shares. */
function tlsOptions(): { ca: Buffer; cert: Buffer; key: Buffer } {
  const read = (name: string) => readFileSync(`/secrets/tls/${name}`);
  return { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') };
}
