import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RedisKeys } from '../../../lib/redis/steward/shared/keys';
import { Authority, opensslMissing } from '../../support/certificates';
import { temporary } from '../../support/temporary';
import { Secrets } from './secrets';

function mounted(): { keys: RedisKeys; secrets: Secrets } {
  const secrets = new Secrets(temporary());
  secrets.passwords('steward', 's1');
  secrets.passwords('internal', 'i1');
  return { keys: new RedisKeys({ tls: false }, secrets.directory, 1_234), secrets };
}

describe('keys', () => {
  it('log in as the steward, and are the same object until something changes', () => {
    const { keys, secrets } = mounted();
    const transport = keys.transport();
    expect(transport).toEqual({ login: { username: 'steward', password: 's1' }, timeoutMs: 1_234 });
    expect(keys.transport()).toBe(transport);
    expect(keys.certificate()).toBeUndefined();
    expect(keys.certificates()).toEqual([]);
    secrets.passwords('steward', 's2');
    expect(keys.transport().login?.password).toBe('s2');
  });

  it('have the newest password first, and the one before while it is there', () => {
    const { keys, secrets } = mounted();
    secrets.passwords('steward', 's2', 's1');
    secrets.passwords('internal', 'i2\n', 'i1');
    expect(keys.transports().map(({ login }) => login?.password)).toEqual(['s2', 's1']);
    expect(keys.transport()).toBe(keys.transports()[0]);
    expect(keys.passwords()).toEqual({ steward: ['s2', 's1'], internal: ['i2', 'i1'] });
    secrets.passwords('internal', 'i2');
    expect(keys.passwords().internal).toEqual(['i2']);
  });

  it('read those of users each time, and know of none where there is no Secret', () => {
    const { keys, secrets } = mounted();
    expect(keys.userPasswords('app')).toEqual([]);
    secrets.passwords('users/app', 'a2', 'a1');
    expect(keys.userPasswords('app')).toEqual(['a2', 'a1']);
    secrets.passwords('users/app', 'a2', 'a2');
    expect(keys.userPasswords('app')).toEqual(['a2']);
    secrets.passwords('users/app', '');
    expect(keys.userPasswords('app')).toEqual([]);
  });

  it('fail with what is missing', () => {
    const { keys, secrets } = mounted();
    secrets.passwords('internal');
    expect(() => keys.transport()).toThrow(`there is no password in ${secrets.directory}/internal`);
    secrets.passwords('steward');
    expect(() => keys.transport()).toThrow(`there is no password in ${secrets.directory}/steward`);
  });

  it.skipIf(opensslMissing)('are the certificate that servers show, and the authority', () => {
    const { secrets } = mounted();
    const keys = new RedisKeys({ tls: true }, secrets.directory);
    expect(() => keys.transport()).toThrow(/tls\.crt/);
    const authority = new Authority(path.join(temporary(), 'authority'));
    const { cert, ca } = authority.issue(path.join(secrets.directory, 'tls'));
    const [raw, above] = [cert, ca].map((file) => new X509Certificate(fs.readFileSync(file)).raw);
    expect(keys.certificate()).toEqual(raw);
    expect(keys.certificates().map((each) => each.raw)).toEqual([raw, above]);
    expect(Object.keys(keys.transport().tls ?? {}).sort()).toEqual(['ca', 'cert', 'key']);
    authority.issue(path.join(secrets.directory, 'tls'));
    expect(keys.certificate()).not.toEqual(raw);
  });
});
