import type { Effect } from '../types';
import { type Cluster, compared, same, titled } from './cluster';
import { few, list, show } from './words';

interface Acl {
  readonly resource: string;
  readonly name: string;
  readonly pattern: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: string;
}

interface User {
  readonly name: string;
  readonly scram?: string;
  readonly acls: readonly Acl[];
  readonly quotas: Readonly<Record<string, number>>;
  readonly delete?: boolean;
}

/** Users of a Kafka cluster with their rights and quotas. */
export function users(cluster: Cluster): void {
  const { report, was, is } = cluster;
  if (!was.steward || !is.steward) return;
  const [old, now]: User[][] = [was, is].map(({ settings }) => settings.wanted?.users ?? []);
  const { came, went, stayed } = compared(old, now, ({ name }) => name);
  const tell = (user: User, field: string, effect: Omit<Effect, 'object' | 'field'>) =>
    report.tell({
      object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
      field: `SETTINGS.wanted.users[${user.name}]${field}`,
      ...effect,
    });
  for (const user of came) {
    if (user.delete) tell(user, '', removed(user));
    else tell(user, '', { verdict: 'applied-live', what: `user ${user.name} is made: ${rights(user)}` });
  }
  for (const user of went) {
    tell(user, '', {
      verdict: 'nothing',
      what: user.delete
        ? `user ${user.name}, who was to be deleted, is not named any more`
        : `user ${user.name} is not declared any more, and keeps password, ACLs and quotas; delete: true takes them away`,
    });
  }
  for (const [before, after] of stayed) {
    if (after.delete && !before.delete) tell(after, '.delete', removed(after));
    else changed(before, after, (field, effect) => tell(after, field, effect));
  }
}

function removed({ name }: User): Omit<Effect, 'object' | 'field'> {
  return {
    verdict: 'outage',
    what: `user ${name} is deleted with its password, ACLs and quotas: clients that log in as ${name} are refused`,
    instead: `see that nobody logs in as ${name} any more`,
    needsYes: true,
  };
}

const inWords = ({ permission, operation, resource, name, pattern }: Acl): string =>
  `${permission === 'deny' ? 'not ' : ''}${operation} ${resource} ${name}${pattern === 'prefixed' ? '*' : ''}`;

function rights({ acls }: User): string {
  return acls.length > 0 ? few(acls.map(inWords), 4) : 'it has no rights';
}

const keyOf = (acl: Acl): string =>
  [acl.permission, acl.operation, acl.resource, acl.pattern, acl.name, acl.host].join(' ');

function changed(
  before: User,
  after: User,
  tell: (field: string, effect: Omit<Effect, 'object' | 'field'>) => void,
): void {
  const { name } = after;
  const { came, went } = compared(before.acls, after.acls, keyOf);
  const allows = ({ permission }: Acl) => permission !== 'deny';
  const taken = [...went.filter(allows), ...came.filter((acl) => !allows(acl))];
  const given = [...came.filter(allows), ...went.filter((acl) => !allows(acl))];
  if (given.length > 0) {
    tell('.acls', {
      verdict: 'applied-live',
      what: `user ${name} may from now on: ${few(given.map(inWords), 4)}`,
    });
  }
  if (taken.length > 0) {
    tell('.acls', {
      verdict: 'outage',
      what: `user ${name} may no longer: ${few(taken.map(inWords), 4)}; whoever still does it as ${name} is refused`,
      instead: 'see that no client needs these rights any more',
      needsYes: true,
    });
  }
  if (!same(before.quotas, after.quotas)) {
    const keys = [...new Set([...Object.keys(before.quotas), ...Object.keys(after.quotas)])].sort();
    const changes = keys
      .filter((key) => before.quotas[key] !== after.quotas[key])
      .map((key) => `${key} ${show(before.quotas[key])} -> ${show(after.quotas[key])}`);
    tell('.quotas', {
      verdict: 'applied-live',
      what: `user ${name}: ${list(changes)} for each broker`,
      from: before.quotas,
      to: after.quotas,
    });
  }
  if (before.scram !== after.scram) {
    const what = after.scram
      ? `user ${name} has a password for ${after.scram}`
      : `user ${name} has no password from here any more, and keeps the one that it has`;
    tell('.scram', { verdict: 'applied-live', what, from: before.scram, to: after.scram });
  }
}
