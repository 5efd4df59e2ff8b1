import { describe, expect, it } from 'vitest';
import { type CertificateSource, Environment, type EnvironmentProps } from '../../lib';
import { certificate, checkCertificate } from '../../lib/core/certificates';
import { chartIn, rendered } from '../support/rendering';

const ISSUED: EnvironmentProps = { certificates: { issuer: { name: 'internal' } } };

function make(source: CertificateSource, environment: EnvironmentProps = ISSUED) {
  const chart = chartIn(environment);
  const secret = certificate(chart, 'certificate', {
    source,
    name: 'zk-tls',
    labels: { a: 'b' },
    dnsNames: ['x', 'y'],
  });
  return { secret, objects: rendered(chart) };
}

describe('certificate', () => {
  it('takes a Secret as it is', () => {
    expect(make({ secret: 'mine' })).toEqual({ secret: 'mine', objects: [] });
  });

  it("is made by the environment's issuer", () => {
    const { secret, objects } = make({});
    expect(secret).toBe('zk-tls');
    expect(objects).toEqual([
      {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: { name: 'zk-tls', namespace: 'data', labels: { a: 'b' } },
        spec: {
          secretName: 'zk-tls',
          dnsNames: ['x', 'y'],
          duration: '2160h0m0s',
          renewBefore: '720h0m0s',
          privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
          usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
          issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'internal' },
        },
      },
    ]);
  });

  it('is made by an issuer of its own where one is given', () => {
    const issuer = { kind: 'Issuer', name: 'mine', group: 'example.com' } as const;
    expect(make({ issuer }).objects[0].spec.issuerRef).toEqual(issuer);
  });
});

describe('certificate of a client', () => {
  it('has a name and no host, where it is needed', () => {
    const chart = chartIn(ISSUED);
    const name = 'zk-client';
    const options = { source: {}, name, namespace: 'shop', labels: {}, dnsNames: [], commonName: 'orders' };
    expect(certificate(chart, 'certificate', { ...options, combinedPem: true })).toBe(name);
    const [{ metadata, spec }] = rendered(chart);
    expect(metadata).toMatchObject({ name, namespace: 'shop' });
    expect(spec).toMatchObject({
      secretName: name,
      commonName: 'orders',
      usages: ['digital signature', 'key encipherment', 'client auth'],
      additionalOutputFormats: [{ type: 'CombinedPEM' }],
    });
    expect(spec).not.toHaveProperty('dnsNames');
  });
});

describe('checkCertificate', () => {
  const check = (source: CertificateSource, props: EnvironmentProps = {}) =>
    checkCertificate('x/tls', source, Environment.attach(chartIn(), { name: 'dev', ...props }));

  it('needs a Secret or an issuer', () => {
    expect(check({})).toEqual([
      {
        code: 'x/tls',
        message:
          'tls is on, but there is no certificate: the environment "dev" has no certificates.issuer; set it, or give tls.issuer ' +
          'or tls.secret',
      },
    ]);
  });

  it.each<[CertificateSource, EnvironmentProps]>([
    [{ secret: 'mine' }, {}],
    [{ issuer: { name: 'mine' } }, {}],
    [{}, ISSUED],
  ])('is content with %o', (source, environment) => {
    expect(check(source, environment)).toEqual([]);
  });
});
