import type { UserQuota } from '../wire/types';
import type { Change, Difference } from './provision-change';
import type { WantedUser } from './settings';

/** Gives declared users exactly their limits, and marked ones none. Those of others are not touched. */
export function quotaDifference(wanted: readonly WantedUser[], found: readonly UserQuota[]): Difference {
  const limitsOf = new Map(found.map(({ user, limits }) => [user, limits]));
  const changes = wanted.flatMap((user): Change[] => {
    const declared = user.delete ? {} : user.quotas;
    const own = limitsOf.get(user.name) ?? {};
    const keys = [...new Set([...Object.keys(declared), ...Object.keys(own)])].sort();
    const limits = keys.filter((key) => declared[key] !== own[key]).map((key) => [key, declared[key]]);
    if (limits.length === 0) return [];
    return [{ change: 'alter-quota', user: user.name, limits: Object.fromEntries(limits) }];
  });
  return { changes };
}
