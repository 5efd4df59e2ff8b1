import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EtcdAddresses } from '../../../lib/etcd/steward/addresses';
import { Keys } from '../../../lib/etcd/steward/keys';
import { EtcdMembers } from '../../../lib/etcd/steward/members';
import { Authority, opensslMissing } from '../../support/certificates';
import { loopbackSettings, mount } from './loopback';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'etcd-keys-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
const authentication = { users: [], roles: {} };

it('plain text needs nothing', () => {
  const keys = new Keys({ tls: false }, path.join(root, 'none'), 5);
  expect(keys.transport()).toEqual({ timeoutMs: 5 });
  expect(keys.login()).toBeUndefined();
  expect(keys.authorities()).toEqual([]);
});

it('what is missing is told', () => {
  expect(() => new Keys({ tls: true }, path.join(root, 'none')).transport()).toThrow(/tls\.crt/);
  expect(() => new Keys({ tls: false, authentication }, path.join(root, 'none')).login()).toThrow(/username/);
});

it('the login is read again when it changes, and not otherwise', () => {
  const secrets = path.join(root, 'login');
  mount(secrets, 'root', { username: 'root', password: 'one' });
  const keys = new Keys({ tls: false, authentication }, secrets, 5);
  const first = keys.login();
  expect(first).toEqual({ username: 'root', password: 'one' });
  expect(keys.login()).toBe(first);
  mount(secrets, 'root', { password: 'other' });
  expect(keys.login()?.password).toBe('other');
});

describe.skipIf(opensslMissing)(`keys${opensslMissing ? ` (skipped: ${opensslMissing})` : ''}`, () => {
  it('are read again when they change, and clients are made anew', () => {
    const secrets = path.join(root, 'tls');
    const authority = new Authority(path.join(root, 'authority'));
    authority.issue(path.join(secrets, 'tls'), '');
    const keys = new Keys({ tls: true }, secrets, 5);
    const members = new EtcdMembers(new EtcdAddresses(loopbackSettings(3)), keys);
    const first = members.of(1);
    expect(members.of(1)).toBe(first);
    expect(members.of(2)).not.toBe(first);
    const { tls } = keys.transport();
    expect(tls?.cert).toBe(fs.readFileSync(path.join(secrets, 'tls', 'tls.crt'), 'utf8'));
    authority.issue(path.join(secrets, 'tls'), '');
    expect(keys.transport().tls?.cert).not.toBe(tls?.cert);
    expect(members.of(1)).not.toBe(first);
  });

  it('have the authorities that clients and members are trusted by', () => {
    const secrets = path.join(root, 'both');
    const clients = new Authority(path.join(root, 'clients')).issue(path.join(secrets, 'tls'), '');
    const keys = new Keys({ tls: true }, secrets, 5);
    const raw = (file: string) => new X509Certificate(fs.readFileSync(file)).raw;
    expect(keys.authorities().map((each) => each.raw)).toEqual([raw(clients.ca)]);
    const peers = new Authority(path.join(root, 'peers')).issue(path.join(secrets, 'peer'), '');
    expect(keys.authorities().map((each) => each.raw)).toEqual([raw(clients.ca), raw(peers.ca)]);
  });
});
