import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdProvisioner } from '../../../lib/etcd/steward/provision';
import { wirePermissions } from '../../../lib/etcd/steward/provision-plan';
import type { WantedAuthentication, WantedPermission, WantedUser } from '../../../lib/etcd/steward/settings';
import { AccessSecrets } from './access-secrets';
import { FakeAccess } from './fake-access';

const NAMES = ['a', 'b', 'c', 'd'];
const name = fc.constantFrom(...NAMES);

let secrets: AccessSecrets;
beforeAll(() => {
  secrets = new AccessSecrets();
  for (const each of NAMES) secrets.putUser(each, each, 'right');
});
afterAll(() => secrets.close());

const permission: fc.Arbitrary<WantedPermission> = fc
  .tuple(
    fc.constantFrom('read' as const, 'write' as const, 'readwrite' as const),
    fc.constantFrom(
      { key: 'k' },
      { prefix: '' },
      { prefix: '/p/' },
      { range: ['k', 'm'] as [string, string] },
    ),
  )
  .map(([access, of]) => ({ access, ...of }));
const permissions = fc.array(permission, { maxLength: 3 });
const roles = fc.dictionary(name, permissions, { maxKeys: 3 });

const settings: fc.Arbitrary<WantedAuthentication> = roles.chain((all) =>
  fc.record({
    roles: fc.constant(all),
    users: fc.uniqueArray(
      fc.tuple(name, fc.boolean(), fc.subarray(Object.keys(all))).map(
        ([user, byPassword, its]): WantedUser => ({
          ...(byPassword ? { directory: user } : { name: user }),
          roles: its,
        }),
      ),
      { selector: (user) => user.directory ?? user.name, maxLength: 4 },
    ),
  }),
);

/** What people made, and what was declared once. */
const world = fc.record({
  roles,
  users: fc.array(fc.tuple(name, fc.constantFrom('right', 'wrong'), fc.subarray(NAMES)), { maxLength: 3 }),
  once: fc.option(settings, { nil: undefined }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** A steward that begins anew, knowing nothing. */
const provisioner = (wanted: WantedAuthentication) => new EtcdProvisioner(wanted, { secrets: secrets.path });
const memberOf = (etcd: FakeAccess) => etcd.member(() => secrets.rootPassword);

async function etcdOf({ roles: byHand, users, once }: World): Promise<FakeAccess> {
  const etcd = new FakeAccess();
  for (const [role, its] of Object.entries(byHand)) etcd.roles.set(role, wirePermissions(its));
  for (const [user, password, its] of users)
    etcd.addUser(user, password, ...its.filter((role) => etcd.roles.has(role)));
  if (once) await provisioner(once).provision(memberOf(etcd));
  etcd.changes.length = 0;
  return etcd;
}

/** Checks against the declaration itself. */
function check(etcd: FakeAccess, wanted: WantedAuthentication, before: World): void {
  expect(etcd.enabled).toBe(true);
  const byHand = new Set(before.users.map(([user]) => user));
  for (const each of NAMES) {
    const user = wanted.users.find(({ directory, name: own }) => (directory ?? own) === each);
    const has = etcd.users.get(each);
    expect(has !== undefined, `user ${each}`).toBe(user !== undefined || byHand.has(each));
    if (user) expect(has?.roles, each).toEqual(new Set(user.roles));
    if (user?.directory) expect(has?.password).toBe('right');
    if (user && !user.directory && !byHand.has(each)) expect(has?.password).toBeUndefined();
    const role = wanted.roles[each];
    expect(etcd.roles.has(each), `role ${each}`).toBe(role !== undefined || each in before.roles);
    if (role) {
      const declared = new FakeAccess();
      declared.roles.set(each, wirePermissions(role));
      expect(etcd.permissions(each)).toEqual(declared.permissions(each));
    }
  }
}

describe('whatever there is, and whatever is declared', () => {
  it('what is declared comes about, and then nothing is changed', async () => {
    await fc.assert(
      fc.asyncProperty(world, settings, async (before, wanted) => {
        const etcd = await etcdOf(before);
        const its = provisioner(wanted);
        await its.provision(memberOf(etcd));
        // Passwords of users that people made are tried as soon as authentication is on.
        await its.provision(memberOf(etcd));
        expect(await its.look(memberOf(etcd))).toEqual({ provisioned: true });
        check(etcd, wanted, before);
        const changes = etcd.changes.length;
        await provisioner(wanted).provision(memberOf(etcd));
        expect(etcd.changes).toHaveLength(changes);
      }),
      { numRuns: 100 },
    );
  });

  it('a steward that dies at any change, before it or before its answer, leaves to the next what is left', async () => {
    await fc.assert(
      fc.asyncProperty(world, settings, async (before, wanted) => {
        const whole = await etcdOf(before);
        await provisioner(wanted).provision(memberOf(whole));
        for (let death = 0; death < 2 * whole.changes.length; death++) {
          const etcd = await etcdOf(before);
          const dies = (count: number) => () => {
            if (etcd.changes.length >= count) throw new Error('the steward has died');
          };
          if (death % 2 === 0) etcd.before = dies(death / 2);
          else etcd.after = dies((death + 1) / 2);
          await expect(provisioner(wanted).provision(memberOf(etcd))).rejects.toThrow('the steward has died');
          etcd.before = () => undefined;
          etcd.after = () => undefined;
          const next = provisioner(wanted);
          await next.provision(memberOf(etcd));
          expect(await next.look(memberOf(etcd))).toEqual({ provisioned: true });
          expect(etcd.contents()).toBe(whole.contents());
        }
      }),
      { numRuns: 25 },
    );
  });
});
