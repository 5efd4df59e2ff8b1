import { typeOf } from '../identity';
import type { FieldChange } from '../types';
import { each, few, immutable, type KindRules, listed, live } from './rule';
import { World } from './world';

const RENAME = 'make a new object under another name';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ */
export const namespaces: KindRules = {
  deleted: ({ object, manifest }) => [
    {
      verdict: 'data-lost',
      what: `${object} is deleted, and everything in it: pods, Secrets and claims, also what is rendered nowhere`,
      instead: `keep ${object}, and remove what is in it one by one`,
      field: undefined,
      needsYes: true,
      object: `${manifest.kind} ${manifest.metadata.name}`,
    },
  ],
  changed: [],
};

const SCHEMA = /^spec\.(versions\[\d+\]\.schema|validation)\b/;

/** Whether it is only words for people; a field that is called description is no text. */
function isDescription({ path, from, to }: FieldChange): boolean {
  return /\.description$/.test(path) && [from, to].every((of) => of === undefined || typeof of === 'string');
}

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
export const definitions: KindRules = {
  deleted: ({ object, manifest }) => [
    {
      verdict: 'data-lost',
      what: `${object} is deleted, and with it every ${manifest.spec?.names?.kind ?? 'object of its kind'} in all namespaces`,
      instead: `keep ${object}`,
      needsYes: true,
    },
  ],
  changed: [
    immutable(
      ['spec.group', 'spec.scope', 'spec.names.plural', 'spec.names.kind'],
      'delete the definition, which deletes all objects of its kind, or keep the field',
    ),
  ],
  unknown: (fields) => {
    const rest = fields.filter((field) => !isDescription(field));
    const others = rest.filter(({ path }) => !SCHEMA.test(path));
    return [
      ...(others.length < rest.length ? ['its schema'] : []),
      ...(others.length > 0 ? [listed(others)] : []),
    ];
  },
  also: ({ object, fields }) => {
    const words = fields.filter(isDescription);
    if (words.length === 0 || fields.some((field) => SCHEMA.test(field.path) && !isDescription(field)))
      return [];
    return [{ verdict: 'nothing', what: `${object} describes its fields differently`, field: words[0].path }];
  },
};

/** https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/ */
export const priorities: KindRules = {
  deleted: ({ object, manifest, context }) => {
    const users = World.of(context.after)
      .objects.filter((of) =>
        JSON.stringify(of.spec ?? {}).includes(`"priorityClassName":"${manifest.metadata.name}"`),
      )
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    return users.length === 0
      ? [{ verdict: 'applied-live', what: `${object} is deleted; pods that run keep their priority` }]
      : [
          {
            verdict: 'outage',
            what: `${object} is deleted: pods that run keep their priority, but new ones of ${few(users)} are refused`,
            instead: `keep ${object}`,
            needsYes: true,
          },
        ];
  },
  changed: [
    immutable(['value', 'preemptionPolicy'], RENAME),
    live(['globalDefault'], (object) => `pods that name no class are of ${object}, or not, from now on`),
    live(['description'], (object) => `${object} is described differently`),
  ],
};

/** A kind of which everything is taken up at once, and some fields can never change. */
function settings(takenUp: string, gone: string, fixed: readonly string[] = []): KindRules {
  return {
    deleted: ({ object }) => [
      { verdict: 'applied-live', what: `${object} is deleted: ${gone}`, needsYes: true },
    ],
    changed: [
      ...(fixed.length > 0 ? [immutable(fixed, RENAME)] : []),
      live([''], (object) => `${object} is taken up at once: ${takenUp}`),
    ],
  };
}

/** Kinds that say how others are treated. */
export const simpleKinds: Readonly<Record<string, KindRules>> = {
  ResourceQuota: settings('pods that run stay, new ones are counted', 'nothing is limited by it any more'),
  LimitRange: settings('pods that run stay, new ones get other limits', 'new pods get no limits by it'),
  'IngressClass.networking.k8s.io': settings('Ingresses of it', 'Ingresses of it are nobody’s', [
    'spec.controller',
  ]),
  'RuntimeClass.node.k8s.io': settings('for new pods', 'new pods of it are refused', ['handler']),
  'APIService.apiregistration.k8s.io': settings('requests for its kinds', 'requests for its kinds fail'),
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': settings(
    'for requests from now on',
    'it checks nothing any more',
  ),
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': settings(
    'for requests from now on',
    'it changes nothing any more',
  ),
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io': settings(
    'for requests from now on',
    'it checks nothing any more',
  ),
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io': settings(
    'for requests from now on',
    'its policy is not applied by it any more',
  ),
};

/** Who else scales a workload. https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
export const autoscalers: KindRules = {
  deleted: ({ object, manifest }) => [
    {
      verdict: 'applied-live',
      what: `${object} is deleted: ${manifest.spec?.scaleTargetRef?.kind} ${manifest.spec?.scaleTargetRef?.name} keeps the number of pods that it has, unless it renders one`,
      needsYes: true,
    },
  ],
  changed: [
    each(['spec.scaleTargetRef'], ({ from, to }, { object }) => ({
      verdict: 'applied-live',
      what: `${object} scales something else from now on: ${from} -> ${to}`,
    })),
    live(['spec'], (object) => `${object} scales differently at once`),
  ],
};

const TAKEN_UP: Readonly<Record<string, string>> = {
  'PodMonitor.monitoring.coreos.com': 'Prometheus scrapes by it',
  'ServiceMonitor.monitoring.coreos.com': 'Prometheus scrapes by it',
  'Probe.monitoring.coreos.com': 'Prometheus probes by it',
  'PrometheusRule.monitoring.coreos.com': 'Prometheus alerts and records by it',
};

/** Kinds of others that nothing which runs depends on; undefined for those of which nothing is known. */
export function ofOthers(manifest: Parameters<typeof typeOf>[0]): KindRules | undefined {
  const takenUp = TAKEN_UP[typeOf(manifest)];
  return takenUp === undefined
    ? undefined
    : {
        deleted: ({ object }) => [
          { verdict: 'applied-live', what: `${object} is deleted: it is not so any more that ${takenUp}` },
        ],
        changed: [live(['spec'], (object) => `${object} changes: ${takenUp} from now on`)],
      };
}
