import { join } from 'node:path';
import { expect, it } from 'vitest';
import { interfaceProperties } from './interface-properties';

const file = join(__dirname, '../../lib/zookeeper/zookeeper-props.ts');

it('finds properties, quoted ones and inherited ones, but no index signature', () => {
  expect(
    interfaceProperties(file, 'ZooKeeperTls', join(__dirname, '../../lib/core/certificates.ts')),
  ).toEqual(['secret', 'issuer', 'clients', 'clientAuthentication', 'quorum']);
  expect(interfaceProperties(file, 'ZooKeeperConfiguration')).toContain('jute.maxbuffer');
  expect(interfaceProperties(file, 'ZooKeeperConfiguration')).not.toContain('setting');
});

it('says so when an interface or a parent is not there', () => {
  expect(() => interfaceProperties(file, 'Nothing')).toThrow('there is no interface Nothing');
  expect(() => interfaceProperties(file, 'ZooKeeperTls')).toThrow('there is no interface CertificateSource');
});
