import * as o from './objects';
import { patched } from './objects';
import type { Pair } from './pair';

const spec = (fields: object) => ({ spec: fields });

const mounting = patched(
  o.deployment,
  spec({
    template: {
      spec: {
        containers: [{ ...o.container, volumeMounts: [{ name: 'tls', mountPath: '/tls' }] }],
        volumes: [{ name: 'tls', secret: { secretName: 'web-tls' } }],
      },
    },
  }),
);

const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }];
const logging = patched(
  o.deployment,
  spec({ template: { spec: { containers: [{ ...o.container, env }] } } }),
);

const ending = patched(o.ingress, spec({ tls: [{ hosts: ['shop.example.com'], secretName: 'web-tls' }] }));
const { certificate, externalSecret } = o;

/** Pairs of what makes Secrets: certificates of cert-manager, and Secrets of External Secrets. */
export const secretPairs: readonly Pair[] = (
  [
    {
      name: 'Certificate: created',
      before: [],
      after: [certificate],
      says: ['applied-live: Certificate shop/web is created, and cert-manager issues it into Secret web-tls'],
    },
    {
      name: 'Certificate: other names',
      before: [certificate, mounting],
      after: [patched(certificate, spec({ dnsNames: ['web.example.com'], renewBefore: '720h' })), mounting],
      says: [
        'applied-live: cert-manager issues Certificate shop/web anew (dnsNames), into Secret web-tls: pods of Deployment shop/web see the new files within about a minute',
        'applied-live: Certificate shop/web is renewed at another time: spec.renewBefore (new: 720h)',
      ],
    },
    {
      name: 'Certificate: another issuer',
      before: [certificate, mounting],
      after: [patched(certificate, spec({ issuerRef: { name: 'outside' } })), mounting],
      says: [
        'applied-live: cert-manager issues Certificate shop/web anew (spec.issuerRef.name inside -> outside), into Secret web-tls: pods of Deployment shop/web see the new files within about a minute; whoever trusts only the authority of the old issuer refuses the new one',
      ],
    },
    {
      name: 'Certificate: the same in other words',
      before: [patched(certificate, { apiVersion: 'cert-manager.io/v1beta1' }), mounting],
      after: [
        patched(
          certificate,
          spec({
            dnsNames: ['www.example.com', 'web.example.com'],
            duration: '2160h',
            isCA: false,
            issuerRef: { group: 'cert-manager.io' },
          }),
        ),
        mounting,
      ],
      says: [
        'nothing: Certificate shop/web is written in another version of the API, and stored as it was: apiVersion cert-manager.io/v1beta1 -> cert-manager.io/v1',
        'nothing: Certificate shop/web says the same in other words',
      ],
    },
    {
      name: 'Certificate: another Secret, and pods stay with the old one',
      before: [certificate, mounting],
      after: [patched(certificate, spec({ secretName: 'web-tls-2' })), mounting],
      says: [
        'outage: Certificate shop/web is issued into Secret web-tls-2 from now on: its Secret web-tls stays and is renewed no more: when its certificate expires, TLS of pods of Deployment shop/web fails',
      ],
    },
    {
      name: 'Certificate: deleted, and an Ingress has its Secret',
      before: [certificate, ending],
      after: [ending],
      says: [
        'outage: Certificate shop/web is deleted: its Secret web-tls stays (unless cert-manager runs with --enable-certificate-owner-ref) and is renewed no more: when its certificate expires, TLS of Ingress shop/web fails',
      ],
    },
    {
      name: 'Certificate: deleted, and nobody here has its Secret',
      before: [certificate],
      after: [],
      says: [
        'applied-live: Certificate shop/web is deleted: its Secret web-tls stays (unless cert-manager runs with --enable-certificate-owner-ref) and is renewed no more: whoever is not rendered here and uses it has a certificate that expires',
      ],
    },
    {
      name: 'Certificate: deleted with its pods',
      before: [certificate, mounting],
      after: [],
      says: [
        'outage: Deployment shop/web is deleted and all its pods end',
        'applied-live: Certificate shop/web is deleted: its Secret web-tls stays (unless cert-manager runs with --enable-certificate-owner-ref) and is renewed no more; nobody here uses it any more',
      ],
    },
    {
      name: 'Certificate: under another name, with the same Secret',
      before: [certificate, mounting],
      after: [patched(certificate, { metadata: { name: 'web-2' } }), mounting],
      says: [
        'applied-live: Certificate shop/web-2 is created, and cert-manager issues it into Secret web-tls',
        'nothing: Certificate shop/web is deleted: its Secret web-tls stays (unless cert-manager runs with --enable-certificate-owner-ref), and something else that is applied makes it',
      ],
    },
    {
      name: 'Certificate: a field of tomorrow',
      before: [certificate],
      after: [patched(certificate, spec({ tomorrow: 1 }))],
      says: [],
      unknown: ['Certificate shop/web: spec.tomorrow (new: 1) changes, and what that does is not known here'],
    },
    {
      name: 'ExternalSecret: deleted, and pods need its Secret',
      before: [externalSecret, logging],
      after: [logging],
      says: [
        'outage: ExternalSecret shop/login is deleted: Secret shop/login goes, without which pods of Deployment shop/web do not start: those that run go on until they are made anew',
      ],
    },
    {
      name: 'ExternalSecret: deleted with its pods',
      before: [externalSecret],
      after: [],
      says: [
        'applied-live: ExternalSecret shop/login is deleted: Secret shop/login goes; nothing that is rendered needs it',
      ],
    },
    {
      name: 'ExternalSecret: deleted, and its Secret belongs to nobody',
      before: [patched(externalSecret, spec({ target: { creationPolicy: 'Orphan' } })), logging],
      after: [logging],
      says: [
        'applied-live: ExternalSecret shop/login is deleted; Secret shop/login stays, and nothing is fetched into it any more',
      ],
    },
    {
      name: 'ExternalSecret: deleted, and its Secret is rendered',
      before: [externalSecret, logging],
      after: [o.secret, logging],
      says: [
        'applied-live: ExternalSecret shop/login is deleted: Secret shop/login is rendered as itself now, and belongs to its ExternalSecret until it is made anew: it may go with it',
        'applied-live: Secret shop/login is created',
      ],
    },
    {
      name: 'ExternalSecret: another Secret, and pods stay with the old one',
      before: [externalSecret, logging],
      after: [patched(externalSecret, spec({ target: { name: 'login-2' } })), logging],
      says: [
        'outage: ExternalSecret shop/login makes Secret shop/login-2 from now on: Secret shop/login goes, without which pods of Deployment shop/web do not start: those that run go on until they are made anew',
      ],
    },
    {
      name: 'ExternalSecret: from elsewhere, less often',
      before: [patched(externalSecret, { apiVersion: 'external-secrets.io/v1beta1' }), logging],
      after: [
        patched(externalSecret, spec({ refreshInterval: '24h', secretStoreRef: { name: 'other' } })),
        logging,
      ],
      says: [
        'applied-live: ExternalSecret shop/login fetches at other times: spec.refreshInterval 1h -> 24h',
        'applied-live: ExternalSecret shop/login fetches Secret shop/login from elsewhere, or in another way: spec.secretStoreRef.name vault -> other; if what it holds is different then: pods of Deployment shop/web see it when they start the next time',
        'nothing: ExternalSecret shop/login is written in another version of the API, and stored as it was: apiVersion external-secrets.io/v1beta1 -> external-secrets.io/v1',
      ],
    },
    {
      name: 'ExternalSecret: the same in other words, and kept from now on',
      before: [externalSecret],
      after: [
        patched(
          externalSecret,
          spec({ refreshInterval: '60m', target: { name: null, creationPolicy: 'Orphan' } }),
        ),
      ],
      says: [
        'applied-live: when Secret shop/login goes depends otherwise on ExternalSecret shop/login: spec.target.creationPolicy Owner -> Orphan',
        'nothing: ExternalSecret shop/login says the same in other words: spec.refreshInterval 1h -> 60m',
        'nothing: ExternalSecret shop/login names the Secret that it has anyway: spec.target.name (removed: login)',
      ],
    },
  ] satisfies Pair[]
).map((pair) => ({ ...pair, server: 'not asked' as const }));
