import { serviceSelector } from '../../core/lint/selecting-objects';
import { describe, namespaceOf } from '../identity';
import type { FieldChange, Manifest } from '../types';
import { lastEndpointGone } from './endpoints';
import {
  type Changed,
  type Draft,
  each,
  type FieldRule,
  few,
  first,
  type KindRules,
  listed,
  live,
  refused,
  shown,
  type Whole,
} from './rule';
import { manifestOf, World } from './world';

/** Only ports are told by their numbers; whatever else of one changes is about it. */
const ports: FieldRule = {
  at: ['spec.ports'],
  judge: (fields, { object, after }) => {
    const gone = fields.filter(({ path, to }) => to === undefined && /^spec\.ports\[[^\]]*\]$/.test(path));
    const moved = fields.filter(({ path, from }) => /\.nodePort$/.test(path) && from !== undefined);
    const rest = fields.filter((field) => !gone.includes(field) && !moved.includes(field));
    const headless = after.spec?.clusterIP === 'None';
    return [
      ...gone.map((field): Draft => {
        const port = /\[(.*)\]/.exec(field.path)?.[1];
        const what = headless
          ? `${object} tells port ${port} no more; who knows the number still gets through, since it has no address of its own`
          : `clients of port ${port} of ${object} are refused from now on`;
        return {
          verdict: headless ? 'applied-live' : 'outage',
          what,
          needsYes: !headless,
          ...first([field]),
        };
      }),
      ...moved.flatMap((field): Draft[] => {
        if (field.to === undefined) return [];
        const what = `clients of the node port of ${object} are refused at the old number: ${shown(field)}`;
        return [{ verdict: 'outage', what, needsYes: true, ...first([field]) }];
      }),
      ...(rest.length === 0
        ? []
        : [
            {
              verdict: 'applied-live' as const,
              what: `${object} sends its clients to other ports: ${listed(rest)}`,
              ...first(rest),
            },
          ]),
    ];
  },
};

const selector: FieldRule = {
  at: ['spec.selector'],
  judge: (fields, { object, before, after, context }) => {
    if (lastEndpointGone(before, after, context)) {
      const what = `${object} selects no pods any more, so nobody answers its clients: ${listed(fields)}`;
      return [
        { verdict: 'outage', what, instead: 'let its selector match pods', needsYes: true, ...first(fields) },
      ];
    }
    const now = World.of(context.after).selected(namespaceOf(after), serviceSelector(after));
    const to =
      now.length === 0
        ? 'pods that are not rendered here'
        : `pods of ${few(now.map((of) => describe(manifestOf(of))))}`;
    return [
      { verdict: 'applied-live', what: `${object} leads to ${to}: ${listed(fields)}`, ...first(fields) },
    ];
  },
};

function ofType(fields: readonly FieldChange[], { object, before, after }: Changed): Draft[] {
  const [from, to] = [before.spec?.type ?? 'ClusterIP', after.spec?.type ?? 'ClusterIP'];
  const at = first(fields);
  if (to === 'ExternalName' || from === 'ExternalName') {
    const what = `${object} is of another kind: ${from} -> ${to}; its clients get another address`;
    return [{ verdict: 'outage', what, needsYes: true, ...at }];
  }
  const less = from === 'LoadBalancer' || (from === 'NodePort' && to === 'ClusterIP');
  const what = `${object} ${less ? `is no ${from} any more, so its clients from outside are refused` : 'can be reached from further away'}: ${from} -> ${to}`;
  return [{ verdict: less ? 'outage' : 'applied-live', what, needsYes: less, ...at }];
}

/** The API server hands out an address once. */
const address: FieldRule = {
  at: ['spec.clusterIP', 'spec.clusterIPs'],
  judge: (fields, { object, before, after }) => {
    const [from, to] = [before.spec?.clusterIP, after.spec?.clusterIP] as (string | undefined)[];
    if (before.spec?.type === 'ExternalName' || after.spec?.type === 'ExternalName') return [];
    if (to === undefined || to === '') {
      const what = `${object} keeps the address that it has, ${from}, although it is rendered no more`;
      return [{ verdict: 'nothing', what, ...first(fields) }];
    }
    if (from === undefined || from === '')
      return [refused(fields[0], object, ADDRESS, 'cannot change, unless it is the one that was handed out')];
    return [refused(fields[0], object, ADDRESS)];
  },
};

const DIFFERENTLY = 'passes its clients on differently from now on';

const ADDRESS =
  'keep the field, render the Service under another name, or delete it first, which its clients notice';

/** Whether a Service has addresses of one family only, named or not. */
function isSingle({ spec }: Manifest): boolean {
  const { ipFamilies = [], ipFamilyPolicy = 'SingleStack' } = spec ?? {};
  return ipFamilies.length < 2 && ipFamilyPolicy === 'SingleStack';
}

const families: FieldRule = each(
  ['spec.ipFamilies', 'spec.ipFamilyPolicy'],
  (field, { object, before, after }) => {
    const [from, to] = [before.spec?.ipFamilies?.[0], after.spec?.ipFamilies?.[0]];
    if (/ipFamilies/.test(field.path) && from !== undefined && to !== undefined && from !== to)
      return refused(field, object, ADDRESS, 'cannot change in its first place');
    if ([before, after].some(({ spec }) => spec?.type === 'ExternalName')) return undefined;
    if (/ipFamilies/.test(field.path) && isSingle(before) && isSingle(after)) {
      const what =
        to === undefined
          ? `${object} keeps the family of its address, although it is rendered no more`
          : `${object} keeps its address, provided that this is the family which it has got`;
      return { verdict: 'nothing', what: `${what}: ${shown(field)}` };
    }
    return {
      verdict: 'applied-live',
      what: `${object} gets other addresses beside its first one: ${shown(field)}`,
    };
  },
);

function deleted({ object, manifest, context }: Whole): Draft[] {
  const pods = World.of(context.before).selected(namespaceOf(manifest), serviceSelector(manifest));
  const nobody = manifest.spec?.type !== 'ExternalName' && serviceSelector(manifest) && pods.length === 0;
  const what = `${object} is deleted: its name leads nowhere, and its clients fail`;
  return nobody
    ? [
        {
          verdict: 'applied-live',
          what: `${object} is deleted; none of the pods rendered here were behind it`,
        },
      ]
    : [{ verdict: 'outage', what, needsYes: true }];
}

/** https://kubernetes.io/docs/concepts/services-networking/service/ */
export const services: KindRules = {
  deleted,
  changed: [
    { at: ['spec.type'], judge: ofType },
    address,
    ports,
    selector,
    families,
    each(['spec.loadBalancerClass'], (field, { object, before, after }) =>
      before.spec?.type === 'LoadBalancer' && after.spec?.type === 'LoadBalancer'
        ? refused(field, object, 'keep the field, or change the type of the Service first')
        : { verdict: 'applied-live', what: `${object} is of another load balancer: ${shown(field)}` },
    ),
    each(['spec.externalName'], (field, { object }) => ({
      verdict: 'applied-live',
      what: `${object} leads elsewhere: ${shown(field)}`,
      needsYes: true,
    })),
    each(['spec.publishNotReadyAddresses'], (field, { object }) => ({
      verdict: 'applied-live',
      what: field.to
        ? `${object} leads to pods that are not ready, too`
        : `${object} leads to no pod that is not ready any more; members that look for each other before they are ready do not find each other`,
      needsYes: !field.to,
    })),
    {
      // Given by default with the type, and gone with it.
      at: ['spec.internalTrafficPolicy', 'spec.externalTrafficPolicy', 'spec.allocateLoadBalancerNodePorts'],
      judge: (fields, { object, before, after }) => {
        const other = (before.spec?.type ?? 'ClusterIP') !== (after.spec?.type ?? 'ClusterIP');
        const own = fields.filter(({ from, to }) => !other || (from !== undefined && to !== undefined));
        if (own.length === 0) return [];
        return [{ verdict: 'applied-live', what: `${object} ${DIFFERENTLY}: ${listed(own)}`, ...first(own) }];
      },
    },
    live(
      [
        ...['spec.sessionAffinity', 'spec.sessionAffinityConfig'],
        ...[
          'spec.externalIPs',
          'spec.loadBalancerIP',
          'spec.loadBalancerSourceRanges',
          'spec.healthCheckNodePort',
        ],
        ...['spec.trafficDistribution'],
      ],
      (object) => `${object} ${DIFFERENTLY}`,
    ),
  ],
};
