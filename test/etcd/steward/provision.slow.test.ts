import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EtcdClient } from '../../../lib/etcd/api/etcd-client';
import { Gateway } from '../../../lib/etcd/api/gateway';
import type { EtcdMember, Login } from '../../../lib/etcd/api/types';
import { EtcdProvisioner } from '../../../lib/etcd/steward/provision';
import type { WantedAuthentication } from '../../../lib/etcd/steward/settings';
import {
  ETCD_VERSIONS,
  type EtcdCluster,
  type EtcdOptions,
  etcdMissing,
  opensslMissing,
  runEtcdTool,
  startEtcd,
} from '../../support/etcd-cluster';
import { AccessSecrets } from './access-secrets';

const CHANGES =
  /^(put|authEnable|user(Add|Delete|ChangePassword|GrantRole|RevokeRole)|role(Add|Delete|Grant.*|Revoke.*))$/;

const SETTINGS: WantedAuthentication = {
  users: [
    { directory: '0', roles: ['app'] },
    { name: 'viewer', roles: ['reads'] },
  ],
  roles: {
    app: [{ access: 'readwrite', prefix: '/app/' }],
    reads: [{ access: 'read', prefix: '' }],
  },
};
const APP: Login = { username: 'app', password: 'app-password' };

let cluster: EtcdCluster;
let secrets: AccessSecrets;
let changes: string[];

beforeEach(() => {
  secrets = new AccessSecrets();
  secrets.putUser('0', APP.username, APP.password);
  changes = [];
});
afterEach(async () => {
  secrets.close();
  await cluster?.stop();
});

const started = async (options: EtcdOptions) => {
  cluster = await startEtcd(options);
};
const as = (login: Login | undefined, id = 0) =>
  new EtcdClient(cluster.servers[id].client, cluster.transport(), () => login);
const root = (id = 0) => as({ username: 'root', password: secrets.rootPassword }, id);

/** A member that notes what is changed by it. */
function noting(member: EtcdMember): EtcdMember {
  return new Proxy(member, {
    get: (target, name: keyof EtcdMember) => {
      if (CHANGES.test(name)) changes.push(name);
      return (target[name] as () => unknown).bind(target);
    },
  });
}

/** Provisions as the loop of a steward that begins anew does. */
async function provision(settings = SETTINGS, id = 0): Promise<void> {
  const its = new EtcdProvisioner(settings, { secrets: secrets.path });
  if (!(await its.look(noting(root(id)))).provisioned) await its.provision(noting(root(id)));
  expect(await its.look(noting(root(id)))).toEqual({ provisioned: true });
}

describe.skipIf(etcdMissing).each(ETCD_VERSIONS)('etcd %s', (version) => {
  it('of three members gets users, and each may do what it should, at every member', async () => {
    await started({ version, members: 3 });
    await provision();
    const token = await new Gateway(cluster.servers[0].client, cluster.transport()).authenticate(APP);
    for (const [id, server] of cluster.servers.entries()) {
      await as(APP, id).put(`/app/${id}`, 'x');
      expect(await as(APP, id).get(`/app/${id}`)).toEqual(Buffer.from('x'));
      await expect(as(APP, id).put('/other', 'x')).rejects.toThrow('permission denied');
      await expect(as(APP, id).get('/app')).rejects.toThrow('permission denied');
      await expect(as(undefined, id).get('/app/0')).rejects.toThrow('user name is empty');
      await expect(as({ ...APP, password: 'wrong' }, id).get('/app/0')).rejects.toThrow(
        'authentication failed',
      );
      // What one member has issued, the others take.
      const { host, port } = server.client;
      const body = JSON.stringify({ key: Buffer.from('/app/0').toString('base64') });
      const headers = { authorization: token };
      const answer = await fetch(`http://${host}:${port}/v3/kv/range`, { method: 'POST', headers, body });
      expect(await answer.json()).toMatchObject({ count: '1' });
    }
    expect(changes.length).toBeGreaterThan(8);
    changes.length = 0;
    await provision(SETTINGS, 1);
    await provision(SETTINGS, 2);
    expect(changes).toEqual([]);
  });

  it('takes over what is changed, removes what is declared no more, and leaves what people made', async () => {
    await started({ version });
    await provision();
    await root().roleAdd('by-hand');
    await root().userAdd('person', 'p');
    await root().userGrantRole('person', 'by-hand');

    secrets.putUser('0', APP.username, 'another');
    changes.length = 0;
    await provision();
    expect(changes).toEqual(['userChangePassword']);
    const changed = { ...APP, password: 'another' };
    await as(changed).put('/app/1', 'x');
    await expect(as(APP).put('/app/1', 'x')).rejects.toThrow('authentication failed');

    await provision({
      users: [{ directory: '0', roles: ['other'] }],
      roles: {
        other: [
          { access: 'write', key: 'k' },
          { access: 'read', range: ['a', 'c'] },
        ],
      },
    });
    await as(changed).put('k', 'x');
    expect(await as(changed).get('b')).toBeUndefined();
    await expect(as(changed).get('c')).rejects.toThrow('permission denied');
    await expect(as(changed).get('k')).rejects.toThrow('permission denied');
    await expect(as(changed).put('/app/1', 'x')).rejects.toThrow('permission denied');
    expect([...(await root().users())].sort()).toEqual(['app', 'person', 'root']);
    expect([...(await root().roles())].sort()).toEqual(['by-hand', 'other', 'root']);

    await provision({ users: [], roles: {} });
    expect([...(await root().users())].sort()).toEqual(['person', 'root']);
    expect([...(await root().roles())].sort()).toEqual(['by-hand', 'root']);
    expect(await root().userRoles('person')).toEqual(['by-hand']);
    expect(await new EtcdProvisioner(undefined).look(root())).toEqual({ provisioned: true });
    expect(await root().authStatus()).toEqual({ enabled: true });
  });

  it('that was broken off before authentication is gone on with', async () => {
    await started({ version });
    const limited = new EtcdProvisioner(SETTINGS, { secrets: secrets.path });
    const broken = new Proxy(root(), {
      get: (target, name: keyof EtcdMember) => {
        if (name === 'authEnable') throw new Error('broken off');
        return (target[name] as () => unknown).bind(target);
      },
    });
    await expect(limited.provision(broken)).rejects.toThrow('switches authentication on: broken off');
    secrets.putRoot('another');
    await provision();
    expect(await root().canLogin({ username: 'root', password: 'another' })).toBe(true);
    expect(await root().canLogin(APP)).toBe(true);
  });

  it('with another password of root says so', async () => {
    await started({ version, authentication: true });
    secrets.putRoot('another');
    const its = new EtcdProvisioner(SETTINGS, { secrets: secrets.path });
    expect((await its.look(root())).provisionFailed).toMatch(
      /^authentication is on, and the password of root in its Secret is not the one that etcd has; /,
    );
  });

  it('tells of a user who was made without a password', async () => {
    await started({ version });
    await root().userAdd('app');
    const its = new EtcdProvisioner(SETTINGS, { secrets: secrets.path });
    await its.provision(root());
    await expect(its.provision(root())).rejects.toThrow('somebody made the user without a password');
    await root().userDelete('app');
    await provision();
  });

  it.skipIf(opensslMissing)('knows users by their certificates', async () => {
    await started({ version, tls: true });
    await provision();
    const { host, port } = cluster.servers[0].client;
    const keysOf = (name: string) => {
      const { key, cert, ca } = cluster.authority!.issue(path.join(cluster.dir, name), name);
      return [`--endpoints=https://${host}:${port}`, `--key=${key}`, `--cert=${cert}`, `--cacert=${ca}`];
    };
    await as(APP).put('/app/1', 'value');
    const viewer = keysOf('viewer');
    expect(await runEtcdTool('etcdctl', [...viewer, 'get', '/app/1'], version)).toContain('value');
    await expect(runEtcdTool('etcdctl', [...viewer, 'put', '/app/1', 'x'], version)).rejects.toThrow(
      'permission denied',
    );
    await expect(runEtcdTool('etcdctl', [...keysOf('nobody'), 'get', '/app/1'], version)).rejects.toThrow();
  });
});
