import type { LabelSelector } from '../../core/lint/label-selector';
import { namespaceOf } from '../identity';
import type { Manifest } from '../types';
import { type Draft, each, few, first, type KindRules, listed, live, shown, type Whole } from './rule';
import { nameOfWorkload, World } from './world';

function podsOf({ manifest, context }: Whole, side: 'before' | 'after'): string {
  const selector = (manifest.spec?.podSelector ?? {}) as LabelSelector;
  const found = World.of(context[side]).selected(namespaceOf(manifest), selector);
  return found.length === 0 ? 'the pods that it selects' : `pods of ${few(found.map(nameOfWorkload))}`;
}

/** https://kubernetes.io/docs/concepts/services-networking/network-policies/ */
export const policies: KindRules = {
  created: (whole) => [
    {
      verdict: 'applied-live',
      what: `${whole.object} is created: ${podsOf(whole, 'after')} let in and out only what it and other policies allow`,
    },
  ],
  deleted: (whole) => [
    {
      verdict: 'applied-live',
      what: `${whole.object} is deleted: what only it allowed ${podsOf(whole, 'before')} is refused, and if no other policy selects them, everything is allowed`,
      needsYes: true,
    },
  ],
  changed: [live(['spec'], (object) => `${object} allows other connections at once, also of pods that run`)],
};

type Backend = Readonly<Record<string, unknown>>;

/** Hosts with paths that an Ingress leads on. */
function routes({ spec }: Manifest): string[] {
  const rules = (spec?.rules ?? []) as {
    host?: string;
    http?: { paths?: { path?: string; backend?: Backend }[] };
  }[];
  return [
    ...(spec?.defaultBackend ? ['*'] : []),
    ...rules.flatMap(({ host = '*', http }) => (http?.paths ?? []).map(({ path = '/' }) => host + path)),
  ];
}

/** https://kubernetes.io/docs/concepts/services-networking/ingress/ */
export const ingresses: KindRules = {
  deleted: ({ object }) => [
    { verdict: 'outage', what: `${object} is deleted: requests from outside lead nowhere`, needsYes: true },
  ],
  changed: [
    {
      at: ['spec.rules', 'spec.defaultBackend'],
      judge: (fields, { object, before, after }): Draft[] => {
        const now = new Set(routes(after));
        const gone = routes(before).filter((route) => !now.has(route));
        if (gone.length > 0 && !now.has('*')) {
          const what = `${object} leads requests for ${few(gone)} nowhere any more`;
          return [{ verdict: 'outage', what, needsYes: true, ...first(fields) }];
        }
        const what = `${object} leads requests elsewhere: ${listed(fields)}`;
        return [{ verdict: 'applied-live', what, ...first(fields) }];
      },
    },
    each(['spec.ingressClassName'], (field, { object }) => ({
      verdict: 'outage',
      what: `${object} is another controller's from now on, which may have another address: ${shown(field)}`,
      needsYes: true,
    })),
    live(['spec.tls'], (object) => `${object} shows other certificates from now on`),
  ],
};
