import type { ScramMechanism } from '../wire/types';
import type { Change, Difference } from './provision-change';
import type { WantedUser } from './settings';

/** What there is, as far as passwords are concerned. */
export interface UserFacts {
  /** Mechanisms that each user has a password for. */
  readonly users: ReadonlyMap<string, readonly ScramMechanism[]>;
  /** Mechanisms that a listener takes. */
  readonly taken: ReadonlySet<string>;
  /** Passwords of the Secrets, by user. */
  readonly passwords: ReadonlyMap<string, string>;
  /** Whether the cluster has the password of the Secret; undefined: that has yet to be tried. */
  right(user: string, mechanism: ScramMechanism): boolean | undefined;
}

/**
 * Passwords that have to be as in the Secret: of the declared mechanism, and of any other that the user has and a listener
 * takes, so that no older password opens another door.
 */
export function heldMechanisms(
  { name, scram }: WantedUser,
  { users, taken }: Pick<UserFacts, 'users' | 'taken'>,
): ScramMechanism[] {
  if (!scram) return [];
  return [
    scram,
    ...(users.get(name) ?? []).filter((mechanism) => mechanism !== scram && taken.has(mechanism)),
  ];
}

/** Sets the passwords of declared users, and deletes those of marked ones. Other users are not touched. */
export function userDifference(wanted: readonly WantedUser[], facts: UserFacts): Required<Difference> {
  const changes: Change[] = [];
  const waits: string[] = [];
  for (const user of wanted) {
    const found = facts.users.get(user.name) ?? [];
    const held = user.delete ? [] : heldMechanisms(user, facts);
    if (held.length > 0 && !facts.passwords.has(user.name)) {
      waits.push(`waits for the Secret of the user ${user.name}, which has no password yet`);
      continue;
    }
    for (const mechanism of held) {
      const right = found.includes(mechanism) && facts.right(user.name, mechanism);
      if (right === undefined) waits.push(`has yet to try the password of the user ${user.name}`);
      else if (!right) changes.push({ change: 'set-scram', user: user.name, mechanism });
    }
    // A user without a declared mechanism may have got a password from elsewhere.
    if (!user.delete && !user.scram) continue;
    for (const mechanism of found.filter((each) => !held.includes(each))) {
      changes.push({ change: 'delete-scram', user: user.name, mechanism });
    }
  }
  return { changes, waits, notes: [] };
}
