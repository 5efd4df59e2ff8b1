import { describe, expect, it } from 'vitest';
import { clientFiles } from '../../lib/core/client-files';

describe('clientFiles', () => {
  it('are the authority, under the name that variables have', () => {
    expect(clientFiles('/etc/etcd', { secretName: 'mine', key: 'root.pem' }, undefined)).toEqual({
      directory: '/etc/etcd',
      secretName: 'mine',
      items: [{ key: 'root.pem', path: 'ca.crt' }],
    });
  });

  it('are all in the Secret of a certificate where there is one', () => {
    const ca = { secretName: 'own', key: 'ca.crt' };
    expect(clientFiles('/keys/', ca, 'own')).toEqual({
      directory: '/keys',
      secretName: 'own',
      items: ['ca.crt', 'tls.crt', 'tls.key'].map((name) => ({ key: name, path: name })),
    });
    expect(clientFiles('/keys', undefined, 'own')?.items.map(({ path }) => path)).toEqual([
      'tls.crt',
      'tls.key',
    ]);
  });

  it('are none where the system has the authority and nobody asks for a certificate', () => {
    expect(clientFiles('/keys', undefined, undefined)).toBeUndefined();
  });
});
