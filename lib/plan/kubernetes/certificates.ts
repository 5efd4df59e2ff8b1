import { namespaceOf } from '../identity';
import type { FieldChange, Manifest } from '../types';
import { taken } from './configuration';
import { equallyLong } from './durations';
import {
  type Changed,
  type Context,
  type Draft,
  type FieldRule,
  few,
  first,
  type KindRules,
  live,
  shown,
} from './rule';
import { nameOfWorkload, World } from './world';

/** The Secret of a Certificate as an object. */
function secretOf(certificate: Manifest, name = certificate.spec?.secretName): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: namespaceOf(certificate) } };
}

/** Who has a Secret's certificate: pods that read it, and what ends TLS with it. */
function users(secret: Manifest, world: World): string[] {
  const namespace = namespaceOf(secret);
  const { name } = secret.metadata;
  const readers = world.readers(secret).map(({ workload }) => `pods of ${nameOfWorkload(workload)}`);
  const ingresses = world
    .in(namespace, 'Ingress.networking.k8s.io')
    .filter(({ spec }) => [spec?.tls ?? []].flat().some((tls) => tls?.secretName === name));
  const gateways = world
    .in(namespace, 'Gateway.gateway.networking.k8s.io')
    .filter(({ spec }) =>
      [spec?.listeners ?? []]
        .flat()
        .some((of) => [of?.tls?.certificateRefs ?? []].flat().some((ref: Manifest) => ref?.name === name)),
    );
  return [
    ...readers,
    ...[...ingresses, ...gateways].map(({ kind, metadata }) => `${kind} ${namespace}/${metadata.name}`),
  ];
}

/** What becomes of a Secret whose certificate is renewed no more. `goes` says why. */
function expires(goes: string, certificate: Manifest, context: Context, unless = ''): Draft {
  const secret = secretOf(certificate);
  const { name } = secret.metadata;
  const stays = `${goes}: its Secret ${name} stays${unless}`;
  if (World.of(context.after).has('Secret', namespaceOf(secret), name))
    return { verdict: 'nothing', what: `${stays}, and something else that is applied makes it` };
  const [used, using] = [context.before, context.after].map((of) => users(secret, World.of(of)));
  const renewed = `${stays} and is renewed no more`;
  if (used.length > 0 && using.length === 0)
    return { verdict: 'applied-live', what: `${renewed}; nobody here uses it any more` };
  if (using.length === 0)
    return {
      verdict: 'applied-live',
      what: `${renewed}: whoever is not rendered here and uses it has a certificate that expires`,
      needsYes: true,
    };
  return {
    verdict: 'outage',
    what: `${renewed}: when its certificate expires, TLS of ${few(using)} fails`,
    instead: `let a Certificate make ${name} as long as somebody uses it`,
    needsYes: true,
  };
}

/** Fields of which each makes cert-manager issue anew. https://cert-manager.io/docs/usage/certificate/#reissuance-triggered-by-user-actions */
const ISSUED = [
  ...['commonName', 'dnsNames', 'duration', 'emailAddresses', 'ipAddresses', 'isCA', 'issuerRef'],
  ...['literalSubject', 'nameConstraints', 'otherNames', 'privateKey', 'subject', 'uris', 'usages'],
];

const SETS = new Set(['dnsNames', 'emailAddresses', 'ipAddresses', 'uris', 'usages']);

type Fields = Readonly<Record<string, unknown>>;

/** A field of the specification, where what says the same is the same. */
function meant(name: string, { spec }: Manifest): string {
  const value = spec?.[name] as unknown;
  if (name === 'isCA') return String(value === true);
  if (name === 'issuerRef')
    return JSON.stringify(sorted({ group: 'cert-manager.io', kind: 'Issuer', ...(value as Fields) }));
  if (SETS.has(name)) return JSON.stringify([value ?? []].flat().map(String).sort());
  return JSON.stringify(value) ?? '';
}

function sorted(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const issued: FieldRule = {
  at: ISSUED.map((name) => `spec.${name}`),
  judge: (fields, { object, before, after, context }: Changed) => {
    const differ = fields.filter((field) => {
      const name = field.path.split(/[.[]/)[1];
      return meant(name, before) !== meant(name, after) && !equallyLong(field.from, field.to);
    });
    if (differ.length === 0)
      return [{ verdict: 'nothing', what: `${object} says the same in other words`, ...first(fields) }];
    const names = [...new Set(differ.map(({ path }) => path.split(/[.[]/)[1]))];
    const issuer = names.includes('issuerRef');
    const why = issuer ? differ.filter(({ path }) => path.startsWith('spec.issuerRef')).map(shown) : names;
    const world = World.of(context.after);
    const who = taken(world.readers(secretOf(after)), world);
    const trust = issuer ? '; whoever trusts only the authority of the old issuer refuses the new one' : '';
    return [
      {
        verdict: 'applied-live',
        what: `cert-manager issues ${object} anew (${few(why)}), into Secret ${after.spec?.secretName}: ${who}${trust}`,
        ...(issuer ? { instead: 'let clients trust both authorities first', needsYes: true } : {}),
        ...first(differ),
      },
    ];
  },
};

const secretName: FieldRule = {
  at: ['spec.secretName'],
  judge: (fields: readonly FieldChange[], { object, before, after, context }) => [
    {
      ...expires(`${object} is issued into Secret ${after.spec?.secretName} from now on`, before, context),
      ...first(fields),
    },
  ],
};

const OWNED = ' (unless cert-manager runs with --enable-certificate-owner-ref)';

/** https://cert-manager.io/docs/usage/certificate/ */
export const certificates: KindRules = {
  created: ({ object, manifest }) => [
    {
      verdict: 'applied-live',
      what: `${object} is created, and cert-manager issues it into Secret ${manifest.spec?.secretName}`,
    },
  ],
  deleted: ({ object, manifest, context }) => [expires(`${object} is deleted`, manifest, context, OWNED)],
  changed: [
    secretName,
    issued,
    live(
      ['spec.renewBefore', 'spec.renewBeforePercentage'],
      (object) => `${object} is renewed at another time`,
    ),
    live(
      ['spec.secretTemplate', 'spec.additionalOutputFormats', 'spec.keystores'],
      (object) => `the Secret of ${object} holds other things beside the same certificate`,
    ),
    live(['spec.revisionHistoryLimit'], (object) => `other requests of ${object} that are over are kept`),
  ],
};
