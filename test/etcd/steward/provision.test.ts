import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EtcdProvisioner, MADE_KEY } from '../../../lib/etcd/steward/provision';
import { wirePermissions } from '../../../lib/etcd/steward/provision-plan';
import type { WantedAuthentication } from '../../../lib/etcd/steward/settings';
import { AccessSecrets } from './access-secrets';
import { FakeAccess } from './fake-access';

let secrets: AccessSecrets;
let etcd: FakeAccess;
let clock: number;

beforeEach(() => {
  secrets = new AccessSecrets();
  secrets.putUser('0', 'app', 'app-password\n');
  etcd = new FakeAccess();
  clock = 1_000_000;
});
afterEach(() => secrets.close());

const SETTINGS: WantedAuthentication = {
  users: [
    { directory: '0', roles: ['app'] },
    { name: 'viewer', roles: ['reads'] },
  ],
  roles: {
    app: [
      { access: 'readwrite', prefix: '/app/' },
      { access: 'read', key: 'flag' },
    ],
    reads: [{ access: 'read', prefix: '' }],
  },
};

const provisioner = (settings: WantedAuthentication | undefined = SETTINGS) =>
  new EtcdProvisioner(settings, { secrets: secrets.path, now: () => clock });
const member = () => etcd.member(() => secrets.rootPassword);

/** Provisions as the loop does, and gives what it says at last. */
async function provision(settings: WantedAuthentication | undefined = SETTINGS) {
  const its = provisioner(settings);
  if (!(await its.look(member())).provisioned) await its.provision(member());
  return its.look(member());
}

const made = () => JSON.parse(etcd.keys.get(MADE_KEY) ?? 'null');

describe('permissions', () => {
  it('are ranges of bytes', () => {
    expect(
      wirePermissions([
        { access: 'read', key: 'k' },
        { access: 'write', prefix: '/a/' },
        { access: 'readwrite', prefix: '' },
        { access: 'read', range: ['a', 'c'] },
        { access: 'read', prefix: 'caf\u00e9' },
      ]),
    ).toEqual([
      { permType: 'READ', key: Buffer.from('k') },
      { permType: 'WRITE', key: Buffer.from('/a/'), rangeEnd: Buffer.from('/a0') },
      { permType: 'READWRITE', key: Buffer.of(0), rangeEnd: Buffer.of(0) },
      { permType: 'READ', key: Buffer.from('a'), rangeEnd: Buffer.from('c') },
      { permType: 'READ', key: Buffer.from('caf\u00e9'), rangeEnd: Buffer.from('caf\u00ea') },
    ]);
  });

  it('for the same keys are one', () => {
    const key = Buffer.from('k');
    const twice = (...access: ('read' | 'write' | 'readwrite')[]) =>
      wirePermissions(access.map((each) => ({ access: each, key: 'k' })));
    expect(twice('read', 'read')).toEqual([{ permType: 'READ', key }]);
    expect(twice('read', 'write')).toEqual([{ permType: 'READWRITE', key }]);
    expect(twice('readwrite', 'read')).toEqual([{ permType: 'READWRITE', key }]);
  });
});

describe('a cluster without users', () => {
  it('gets all of them, and then authentication', async () => {
    expect(await provision()).toEqual({ provisioned: true });
    expect(etcd.enabled).toBe(true);
    expect(etcd.changes.at(-1)).toBe('enable');
    expect(etcd.users.get('app')).toEqual({ password: 'app-password', roles: new Set(['app']) });
    expect(etcd.users.get('viewer')).toEqual({ password: undefined, roles: new Set(['reads']) });
    expect(etcd.users.get('root')).toEqual({ password: 'root-password', roles: new Set(['root']) });
    expect(etcd.permissions('app')).toEqual(['READ ["flag"]', 'READWRITE ["/app/","/app0"]']);
    expect(made()).toEqual({ users: { app: 'password', viewer: 'certificate' }, roles: ['app', 'reads'] });
  });

  it('gets authentication alone where nobody else is declared', async () => {
    expect(await provision({ users: [], roles: {} })).toEqual({ provisioned: true });
    expect(etcd.changes).toEqual(['add role root', 'add user root', 'grant role root root', 'enable']);
  });

  it('is left alone where nothing is declared, as is what there was', async () => {
    expect(await provision(undefined)).toBeDefined();
    etcd = new FakeAccess();
    const nothing = new EtcdProvisioner(undefined, { secrets: '/nowhere' });
    expect(await nothing.look(member())).toEqual({ provisioned: true });
    await nothing.provision(member());
    expect([...etcd.questions, ...etcd.changes]).toEqual([]);
  });
});

describe('a cluster that is as declared', () => {
  beforeEach(async () => {
    await provision();
    etcd.changes.length = 0;
    etcd.questions.length = 0;
  });

  it('is not changed', async () => {
    expect(await provision()).toEqual({ provisioned: true });
    await provisioner().provision(member());
    expect(etcd.changes).toEqual([]);
  });

  it('is looked at every minute, and passwords are tried every ten', async () => {
    const its = provisioner();
    await its.look(member());
    const asked = etcd.questions.length;
    expect(etcd.questions.filter((each) => each.startsWith('login'))).toEqual(['login root', 'login app']);
    clock += 59_999;
    await its.look(member());
    expect(etcd.questions).toHaveLength(asked);
    clock += 1;
    await its.look(member());
    expect(etcd.questions).toHaveLength(2 * asked - 2);
    clock += 600_000;
    await its.look(member());
    expect(etcd.questions.filter((each) => each === 'login app')).toHaveLength(2);
  });

  it('takes over a password at once when its Secret changes', async () => {
    const its = provisioner();
    expect(await its.look(member())).toEqual({ provisioned: true });
    secrets.putUser('0', 'app', 'another');
    expect(await its.look(member())).toEqual({ provisioned: false });
    await its.provision(member());
    expect(etcd.changes).toEqual(['password app']);
    expect(etcd.users.get('app')?.password).toBe('another');
    expect(await its.look(member())).toEqual({ provisioned: true });
  });

  it('has permissions and roles exactly, and those of people as they were', async () => {
    etcd.addUser('person', 'p', 'by-hand', 'app');
    etcd.roles.set('by-hand', []);
    etcd.users.get('app')?.roles.add('by-hand').delete('app');
    etcd.users.get('root')?.roles.add('by-hand');
    etcd.roles.set('app', [
      { permType: 'READWRITE', key: Buffer.from('flag') },
      { permType: 'READ', key: Buffer.from('other'), rangeEnd: Buffer.from('othes') },
    ]);
    expect(await provision()).toEqual({ provisioned: true });
    expect(etcd.permissions('app')).toEqual(['READ ["flag"]', 'READWRITE ["/app/","/app0"]']);
    expect([...(etcd.users.get('app')?.roles ?? [])]).toEqual(['app']);
    expect([...(etcd.users.get('root')?.roles ?? [])]).toEqual(['root', 'by-hand']);
    expect([...(etcd.users.get('person')?.roles ?? [])]).toEqual(['by-hand', 'app']);
  });

  it('loses what is declared no more, and not what people made', async () => {
    etcd.addUser('person', 'p');
    etcd.roles.set('by-hand', []);
    expect(await provision({ users: [SETTINGS.users[1]], roles: { reads: SETTINGS.roles.reads } })).toEqual({
      provisioned: true,
    });
    expect([...etcd.users.keys()].sort()).toEqual(['person', 'root', 'viewer']);
    expect([...etcd.roles.keys()].sort()).toEqual(['by-hand', 'reads', 'root']);
    expect(made()).toEqual({ users: { viewer: 'certificate' }, roles: ['reads'] });
    expect(etcd.changes.at(-1)).toBe(`put ${MADE_KEY}`);
  });

  it('makes a user anew who is to log in otherwise', async () => {
    const [app, viewer] = SETTINGS.users;
    secrets.putUser('1', 'viewer', 'v');
    const settings = {
      ...SETTINGS,
      users: [
        { name: 'app', roles: app.roles },
        { directory: '1', roles: viewer.roles },
      ],
    };
    expect(await provision(settings)).toEqual({ provisioned: true });
    expect(etcd.users.get('app')).toEqual({ password: undefined, roles: new Set(['app']) });
    expect(etcd.users.get('viewer')).toEqual({ password: 'v', roles: new Set(['reads']) });
    expect(made().users).toEqual({ app: 'certificate', viewer: 'password' });
  });
});

describe('what people made under a name that is declared', () => {
  it('becomes as declared, and stays when it is declared no more', async () => {
    etcd.addUser('app', 'old');
    etcd.roles.set('app', [{ permType: 'READ', key: Buffer.from('x') }]);
    expect(await provision()).toEqual({ provisioned: true });
    expect(etcd.users.get('app')).toEqual({ password: 'app-password', roles: new Set(['app']) });
    expect(etcd.permissions('app')).toHaveLength(2);
    await provision({ users: [], roles: {} });
    expect([...etcd.users.keys()].sort()).toEqual(['app', 'root']);
    expect([...etcd.roles.keys()].sort()).toEqual(['app', 'root']);
  });

  it('is told of where it cannot get a password', async () => {
    etcd.addUser('app', undefined);
    await provision();
    const its = provisioner();
    expect(await its.look(member())).toEqual({ provisioned: false });
    await expect(its.provision(member())).rejects.toThrow(
      'sets the password of the user app: etcd takes it and still does not let the user in, as somebody made the user without a password; remove the user, and it is made anew: etcdctl user delete',
    );
    etcd.users.delete('app');
    expect(await provision()).toEqual({ provisioned: true });
  });
});

describe('what cannot be', () => {
  it('is told of, and looked at again after a while', async () => {
    const its = provisioner();
    etcd.before = (change) => {
      if (change === 'add user app') throw new Error('etcdserver: request timed out');
    };
    await expect(its.provision(member())).rejects.toThrow('adds the user app: etcdserver: request timed out');
    expect(await its.look(member())).toEqual({
      provisioned: false,
      provisionFailed: 'adds the user app: etcdserver: request timed out',
    });
    clock += 19_999;
    expect((await its.look(member())).provisionFailed).toBeDefined();
    clock += 1;
    expect(await its.look(member())).toEqual({ provisioned: false });
    expect(etcd.enabled).toBe(false);
  });

  it('another password of root', async () => {
    await provision();
    secrets.putRoot('another');
    const its = provisioner();
    const reason =
      'authentication is on, and the password of root in its Secret is not the one that etcd has; put that one into the Secret, or give etcd the one of the Secret: etcdctl user passwd root';
    expect(await its.look(member())).toEqual({ provisioned: false, provisionFailed: reason });
    await expect(its.provision(member())).rejects.toThrow(reason);
    secrets.putRoot('root-password');
    expect(await its.look(member())).toEqual({ provisioned: true });
  });

  it('another password of root is no hindrance before authentication is on', async () => {
    etcd.addUser('root', 'another');
    expect(await provision()).toEqual({ provisioned: true });
    expect(etcd.users.get('root')?.password).toBe('root-password');
  });

  it('a Secret that is not there', async () => {
    const its = provisioner({ users: [{ directory: '7', roles: [] }], roles: {} });
    expect((await its.look(member())).provisionFailed).toBe(
      `${path.join(secrets.path, 'users/7/username')} is not there; it comes from a Secret`,
    );
    secrets.putUser('7', 'late', 'p');
    expect(await its.look(member())).toEqual({ provisioned: false });
  });

  it.each([
    [
      [
        { directory: '0', roles: [] },
        { name: 'app', roles: [] },
      ],
      'there are two users called app; give one of them another name',
    ],
    [[{ name: 'root', roles: [] }], 'there are two users called root; give one of them another name'],
    [[{ roles: [] }], 'a user has no name; its Secret must say one'],
  ])('users %j', async (users, reason) => {
    expect((await provisioner({ users, roles: {} }).look(member())).provisionFailed).toBe(reason);
  });

  it('a note that cannot be read', async () => {
    etcd.keys.set(MADE_KEY, '[]');
    expect((await provisioner().look(member())).provisionFailed).toBe(
      'the key cdk8s-stateful/provisioned, which tells what was made here, holds something else; delete it, and what was made so far stays',
    );
  });
});
