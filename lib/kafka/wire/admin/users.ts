import { randomBytes } from 'node:crypto';
import {
  AlterClientQuotas,
  AlterUserScramCredentials,
  DescribeClientQuotas,
  DescribeUserScramCredentials,
} from '../messages/access';
import { saltPassword } from '../sasl';
import type { Servers } from '../servers';
import type { ScramMechanism, UserQuota } from '../types';

const MECHANISMS: Readonly<Record<ScramMechanism, number>> = { 'SCRAM-SHA-256': 1, 'SCRAM-SHA-512': 2 };
const ITERATIONS = 8192;
const ENTITY = 'user';
// Matches users that have a name, not the default of all users.
const NAMED = 2;

export async function scramUsers(servers: Servers): Promise<Map<string, ScramMechanism[]>> {
  const { results } = await servers.call('controller', DescribeUserScramCredentials, { users: null });
  const names = Object.keys(MECHANISMS) as ScramMechanism[];
  return new Map(
    results.map(({ user, credentialInfos }) => [
      user,
      names.filter((name) => credentialInfos.some(({ mechanism }) => mechanism === MECHANISMS[name])),
    ]),
  );
}

/** The password itself is never sent. */
export async function setScramUser(
  servers: Servers,
  user: string,
  mechanism: ScramMechanism,
  password: string,
): Promise<void> {
  const salt = randomBytes(32);
  const saltedPassword = await saltPassword(mechanism, password, salt, ITERATIONS);
  const code = MECHANISMS[mechanism];
  await servers.call('controller', AlterUserScramCredentials, {
    deletions: [],
    upsertions: [{ name: user, mechanism: code, iterations: ITERATIONS, salt, saltedPassword }],
  });
}

export async function deleteScramUser(
  servers: Servers,
  user: string,
  mechanism: ScramMechanism,
): Promise<void> {
  await servers.call('controller', AlterUserScramCredentials, {
    deletions: [{ name: user, mechanism: MECHANISMS[mechanism] }],
    upsertions: [],
  });
}

export async function quotas(servers: Servers): Promise<UserQuota[]> {
  const components = [{ entityType: ENTITY, matchType: NAMED, match: null }];
  const { entries } = await servers.call('broker', DescribeClientQuotas, { components, strict: true });
  return (entries ?? []).flatMap(({ entity, values }) => {
    const user = entity[0]?.entityName;
    const limits = Object.fromEntries(values.map(({ key, value }) => [key, value]));
    return user == null ? [] : [{ user, limits }];
  });
}

export async function alterQuota(
  servers: Servers,
  user: string,
  limits: Readonly<Record<string, number | undefined>>,
): Promise<void> {
  const ops = Object.entries(limits).map(([key, value]) => ({
    key,
    value: value ?? 0,
    remove: value === undefined,
  }));
  await servers.call('controller', AlterClientQuotas, {
    entries: [{ entity: [{ entityType: ENTITY, entityName: user }], ops }],
    validateOnly: false,
  });
}
