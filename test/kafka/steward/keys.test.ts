import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Keys } from '../../../lib/kafka/steward/keys';
import { Authority, opensslMissing } from '../../support/certificates';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-keys-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

it('plain text needs nothing', () => {
  const keys = new Keys('plain', path.join(root, 'none'), 5);
  expect(keys.transport()).toEqual({ timeoutMs: 5 });
  expect(keys.certificate()).toBeUndefined();
  expect(keys.certificates()).toEqual([]);
});

it('the login is read again when it changes, and not otherwise', () => {
  const dir = path.join(root, 'sasl', 'internal');
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path.join(dir, 'username'), 'kafka-internal');
  fs.writeFileSync(path.join(dir, 'password'), 'one');
  const keys = new Keys('sasl', path.join(root, 'sasl'), 5);
  const first = keys.transport();
  expect(first).toEqual({
    login: { mechanism: 'PLAIN', username: 'kafka-internal', password: 'one' },
    timeoutMs: 5,
  });
  expect(keys.transport()).toBe(first);
  fs.writeFileSync(path.join(dir, 'password'), 'other');
  expect(keys.transport().login?.password).toBe('other');
});

describe.skipIf(opensslMissing)(
  `keys of servers${opensslMissing ? ` (skipped: ${opensslMissing})` : ''}`,
  () => {
    const dir = path.join(root, 'tls', 'tls');
    let authority: Authority;
    let keys: Keys;
    const read = (name: string) => fs.readFileSync(path.join(dir, name), 'utf8');

    beforeAll(() => {
      authority = new Authority(path.join(root, 'authority'));
    });
    beforeEach(() => {
      authority.issue(dir);
      keys = new Keys('tls', path.join(root, 'tls'), 5);
    });

    it('are read again when they change, and not otherwise', () => {
      const first = keys.transport();
      expect(first.tls).toEqual({ cert: read('tls.crt'), key: read('tls.key'), ca: read('ca.crt') });
      expect(keys.transport()).toBe(first);
      authority.issue(dir);
      expect(keys.transport().tls?.cert).toBe(read('tls.crt'));
      expect(keys.transport().tls?.cert).not.toBe(first.tls?.cert);
    });

    it('are certificate and authority', () => {
      const raw = ['tls.crt', 'ca.crt'].map((name) => new X509Certificate(read(name)).raw);
      expect(keys.certificates().map((each) => each.raw)).toEqual(raw);
      expect(keys.certificate()).toEqual(raw[0]);
    });
  },
);
