import type { Acl } from '../wire/types';
import type { Change, Difference } from './provision-change';
import type { WantedUser } from './settings';

/** Gives declared users exactly their ACLs, and marked ones none. Those of other principals are not touched. */
export function aclDifference(wanted: readonly WantedUser[], found: readonly Acl[]): Difference {
  const changes = wanted.flatMap((user): Change[] => {
    const principal = `User:${user.name}`;
    const declared = user.delete ? [] : user.acls.map((acl): Acl => ({ ...acl, principal }));
    const own = found.filter((acl) => acl.principal === principal);
    const created = without(unique(declared), own);
    const deleted = without(own, declared);
    // First what is new, so that nobody loses meanwhile what they keep under another name; and in such an order that
    // nothing is allowed in between that neither the old nor the new ACLs allow.
    return [
      ...(created.length > 0
        ? [{ change: 'create-acls' as const, user: user.name, acls: created.sort(denyFirst) }]
        : []),
      ...(deleted.length > 0
        ? [{ change: 'delete-acls' as const, user: user.name, acls: deleted.sort((a, b) => denyFirst(b, a)) }]
        : []),
    ];
  });
  return { changes };
}

/** What an ACL says, for comparison: `kafka-acls.sh` writes operations in other ways than the protocol. */
export function aclKey(acl: Acl): string {
  const operation = acl.operation.toLowerCase().replace(/[^a-z]/g, '');
  const { resource, name, pattern, principal, host, permission } = acl;
  return JSON.stringify([resource, pattern, name, principal, host, permission, operation]);
}

function without(acls: readonly Acl[], others: readonly Acl[]): Acl[] {
  const keys = new Set(others.map(aclKey));
  return acls.filter((acl) => !keys.has(aclKey(acl)));
}

function unique(acls: readonly Acl[]): Acl[] {
  return [...new Map(acls.map((acl) => [aclKey(acl), acl])).values()];
}

function denyFirst(a: Acl, b: Acl): number {
  return Number(b.permission === 'deny') - Number(a.permission === 'deny');
}
