import { isDeepStrictEqual } from 'node:util';
import { type Acl, isZooKeeperError, Perms, type ZooKeeperClient } from '../wire/client';

/** What should exist inside an ensemble. */
export interface Wanted {
  /** Persistent znodes, to be created where they are missing, parents included. */
  readonly znodes: readonly WantedZnode[];
  /** SASL users who may reconfigure the ensemble; undefined leaves the ACL of `/zookeeper/config` alone. */
  readonly reconfigurers?: readonly string[];
}

/** A znode, and who may do what with it; undefined leaves its ACL alone. */
export interface WantedZnode {
  readonly path: string;
  readonly acl?: readonly Acl[];
}

const CONFIG = '/zookeeper/config';

/** Paths of what is missing or has another ACL. */
export async function missing(client: ZooKeeperClient, wanted: Wanted): Promise<string[]> {
  const paths: string[] = [];
  for (const znode of wanted.znodes) {
    if (!(await client.exists(znode.path))) paths.push(znode.path);
    else if (znode.acl && !(await hasAcl(client, znode.path, znode.acl))) paths.push(znode.path);
  }
  if (wanted.reconfigurers && !(await hasAcl(client, CONFIG, configAcl(wanted.reconfigurers))))
    paths.push(CONFIG);
  return paths;
}

/** Creates what is missing and sets the ACLs that are asked for. Nothing is ever deleted, and no data is touched. */
export async function provide(client: ZooKeeperClient, wanted: Wanted): Promise<void> {
  for (const { path, acl } of wanted.znodes) {
    await createAll(client, path);
    if (acl) await ensureAcl(client, path, acl);
  }
  if (wanted.reconfigurers) await ensureAcl(client, CONFIG, configAcl(wanted.reconfigurers));
}

/** Everybody reads the configuration, as clients do to follow the ensemble; the named users change it. */
export function configAcl(users: readonly string[]): Acl[] {
  return [
    { perms: Perms.read, scheme: 'world', id: 'anyone' },
    ...users.map((id) => ({ perms: Perms.read | Perms.write, scheme: 'sasl', id })),
  ];
}

async function hasAcl(client: ZooKeeperClient, path: string, wanted: readonly Acl[]): Promise<boolean> {
  const { acl } = await client.getACL(path);
  return isDeepStrictEqual(sorted(acl), sorted(wanted));
}

function sorted(acl: readonly Acl[]): string[] {
  return acl.map(({ scheme, id, perms }) => `${scheme}:${id}:${perms}`).sort();
}

async function ensureAcl(client: ZooKeeperClient, path: string, acl: readonly Acl[]): Promise<void> {
  if (!(await hasAcl(client, path, acl))) await client.setACL(path, acl);
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
