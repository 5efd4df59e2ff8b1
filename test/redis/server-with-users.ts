import * as fs from 'node:fs';
import * as path from 'node:path';
import { onTestFinished } from 'vitest';
import { libraryUsers, mergeAclFile } from '../../lib/redis/gate/acl-file';
import type { Redis } from '../../lib/redis/wire/types';
import { RedisProcess, type RedisProcessOptions, type RedisSettings } from '../support/redis-process';

export const STEWARD = { username: 'steward', password: 'steward-1' };

/** A server with the users of the library, which ends with the test; called while one runs. */
export async function startWithUsers(
  dir: string,
  options: RedisProcessOptions,
  settings: RedisSettings = {},
): Promise<RedisProcess> {
  const server = new RedisProcess(dir, options);
  onTestFinished(() => server.stop());
  const file = path.join(dir, 'users.acl');
  const users = libraryUsers({ steward: [STEWARD.password], internal: ['internal-1'] });
  fs.writeFileSync(file, mergeAclFile('', users));
  server.configure({ aclfile: file, masteruser: 'replication', masterauth: 'internal-1', ...settings });
  await server.start();
  await server.serving();
  return server;
}

/** A client of such a server, as its steward has one; it ends with the test. */
export function stewardOf(server: RedisProcess): Redis {
  const client = server.client(STEWARD);
  onTestFinished(() => client.close());
  return client;
}
