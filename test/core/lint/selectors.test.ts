import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../lib/core/lint/manifest';
import { selectors } from '../../../lib/core/lint/selectors';
import { messages, object, template, workload } from './manifests';

const web = workload('Deployment', 'web', { app: 'web', tier: 'front' });
const api = workload('Deployment', 'api', { app: 'api', tier: 'front' });
const zk = workload('StatefulSet', 'zk', { app: 'zk' });
const job = object('batch/v1 Job', 'load', { template: template({ app: 'web', tier: 'front' }) });
const note = (selects: string) => ({ metadata: { annotations: { 'cdk8s-stateful/selects': selects } } });
const service = (selector: unknown, fields = {}) => object('Service', 's', { selector }, fields);
const budget = (name: string, selector: unknown, fields = {}) =>
  object('policy/v1 PodDisruptionBudget', name, { selector }, fields);
const policy = (name: string, podSelector: unknown, fields = {}) =>
  object('networking.k8s.io/v1 NetworkPolicy', name, { podSelector }, fields);
const monitor = (spec: Record<string, unknown>) => object('monitoring.coreos.com/v1 PodMonitor', 'm', spec);
const spread = (labelSelector: unknown) =>
  workload(
    'Deployment',
    'd',
    { app: 'd' },
    { topologySpreadConstraints: [{ topologyKey: 'zone', labelSelector }] },
  );
const expressions = (...list: [string, string, string[]?][]) => ({
  matchExpressions: list.map(([key, operator, values]) => ({ key, operator, values })),
});

describe('selects what it should', () => {
  const cases: [string, Manifest[]][] = [
    ['a Service of one workload', [web, api, service({ app: 'web' })]],
    ['a Service without a selector', [service(undefined), service({}), service(null)]],
    ['another name for a host', [object('Service', 's', { type: 'ExternalName', selector: { a: 'b' } })]],
    ['a Service of Knative', [object('serving.knative.dev/v1 Service', 's', { selector: { a: 'b' } })]],
    ['a Service of many, on purpose', [web, api, service({ tier: 'front' }, note('many'))]],
    ['a Service of pods elsewhere, on purpose', [service({ a: 'b' }, note('external'))]],
    ['a Service of one member', [zk, service({ 'statefulset.kubernetes.io/pod-name': 'zk-2' })]],
    ['a Service of the newest revision', [zk, service({ app: 'zk', 'controller-revision-hash': 'zk-1' })]],
    ['a policy for the pods of a Job', [job, policy('p', { matchLabels: { 'job-name': 'load' } })]],
    ['a bare Pod', [object('Pod', 'p', {}, { metadata: { labels: { a: 'b' } } }), service({ a: 'b' })]],
    ['expressions', [web, budget('b', expressions(['app', 'In', ['x', 'web']], ['tier', 'Exists']))]],
    ['negations', [web, zk, budget('b', expressions(['app', 'NotIn', ['web']], ['tier', 'DoesNotExist']))]],
    [
      'budgets of two workloads',
      [web, api, budget('a', { matchLabels: { app: 'web' } }), budget('b', { matchLabels: { app: 'api' } })],
    ],
    ['a budget of everything', [web, budget('b', {})]],
    ['a policy of everything, by its name', [web, policy('default-deny', {})]],
    ['a policy of everything, on purpose', [web, policy('p', {}, note('many'))]],
    ['a policy in a namespace of others', [web, policy('p', {}, { metadata: { namespace: 'other' } })]],
    ['a policy for pods of others', [web, policy('p', { matchLabels: { role: 'client' } })]],
    [
      'a monitor of everywhere',
      [monitor({ selector: { matchLabels: { a: 'b' } }, namespaceSelector: { any: true } })],
    ],
    [
      'a monitor of another namespace',
      [
        web,
        {
          ...monitor({
            selector: { matchLabels: { app: 'web' } },
            namespaceSelector: { matchNames: ['dev'] },
          }),
          metadata: { name: 'm', namespace: 'monitoring' },
        },
      ],
    ],
    ['a spread of its own pods', [spread({ matchLabels: { app: 'd' } })]],
    ['a Job with the labels of a workload', [web, job]],
    ['the same labels in two namespaces', [web, { ...web, metadata: { name: 'web', namespace: 'prod' } }]],
  ];
  test.each(cases)('%s', (_, manifests) => expect(messages(selectors, manifests)).toEqual([]));
});

const nothing = (what: string, selector: string, namespaces = '"dev"') =>
  `${what} selects pods by ${selector}, the app has none such in namespace ${namespaces}; fix the ` +
  'selector, or annotate it with cdk8s-stateful/selects: external';

describe('fails for', () => {
  const cases: [string, Manifest[], string][] = [
    ['a Service of nothing', [web, service({ app: 'wbe' })], nothing('Service "s"', 'app=wbe')],
    [
      'a Service in another namespace',
      [web, service({ app: 'web' }, { metadata: { namespace: 'prod' } })],
      nothing('Service "s"', 'app=web', '"prod"'),
    ],
    [
      'a member of no set',
      [zk, service({ 'statefulset.kubernetes.io/pod-name': 'zoo-0' })],
      nothing('Service "s"', 'statefulset.kubernetes.io/pod-name=zoo-0'),
    ],
    [
      'a Service of two workloads',
      [web, api, service({ tier: 'front' })],
      'Service "s" selects the pods of Deployment "web", Deployment "api"; narrow the selector to one ' +
        'workload, or annotate it with cdk8s-stateful/selects: many',
    ],
    [
      'a Service of a workload and its Jobs',
      [web, api, job, service({ tier: 'front' })],
      'Service "s" selects the pods of Deployment "web", Deployment "api" and 1 more; narrow the selector ' +
        'to one workload, or annotate it with cdk8s-stateful/selects: many',
    ],
    [
      'a budget of nothing',
      [
        web,
        budget(
          'b',
          expressions(
            ['app', 'In', ['x', 'y']],
            ['a', 'NotIn', ['z']],
            ['b', 'Exists'],
            ['c', 'DoesNotExist'],
          ),
        ),
      ],
      nothing('PodDisruptionBudget "b"', 'app in (x,y),a notin (z),b,!c'),
    ],
    [
      'a budget without a selector',
      [web, budget('b', undefined)],
      nothing('PodDisruptionBudget "b"', 'nothing'),
    ],
    [
      'a budget of everything in no place',
      [budget('b', {})],
      nothing('PodDisruptionBudget "b"', 'everything'),
    ],
    [
      'two budgets of the same pods',
      [web, budget('a', { matchLabels: { app: 'web' } }), budget('b', { matchLabels: { tier: 'front' } })],
      'PodDisruptionBudget "b" and PodDisruptionBudget "a" both cover the pods of Deployment "web", which ' +
        'can then not be evicted at all; let one budget cover each pod',
    ],
    [
      'a monitor of nothing',
      [web, monitor({ selector: { matchLabels: { app: 'zk' } } })],
      nothing('PodMonitor "m"', 'app=zk'),
    ],
    [
      'a monitor of other namespaces',
      [
        web,
        monitor({ selector: { matchLabels: { app: 'web' } }, namespaceSelector: { matchNames: ['a', 'b'] } }),
      ],
      nothing('PodMonitor "m"', 'app=web', '"a", "b"'),
    ],
    [
      'a policy of everything',
      [web, policy('p', {})],
      'NetworkPolicy "p" selects every pod in namespace "dev"; name the labels it is meant for, or show ' +
        'that all are meant: "default" as a word of its name, or the annotation cdk8s-stateful/selects: many',
    ],
    [
      'a policy with a slip',
      [web, policy('p', { matchLabels: { app: 'web', tier: 'frnt' } })],
      nothing('NetworkPolicy "p"', 'app=web,tier=frnt'),
    ],
    [
      'a workload of other pods',
      [
        object('apps/v1 StatefulSet', 'zk', {
          selector: { matchLabels: { app: 'zk' } },
          template: template({ app: 'kz' }),
        }),
      ],
      'StatefulSet "zk" selects pods by app=zk, its own carry app=kz; give its pod template the labels ' +
        'that it selects by',
    ],
    [
      'a workload of nothing',
      [object('apps/v1 DaemonSet', 'd', { template: template({}) })],
      'DaemonSet "d" selects pods by nothing, its own carry none; give its pod template the labels that it ' +
        'selects by',
    ],
    [
      'two workloads of the same pods, once',
      [web, workload('StatefulSet', 'twin', { app: 'web', tier: 'front' })],
      'StatefulSet "twin" selects by app=web,tier=front the pods of Deployment "web", too, and would adopt ' +
        'them; give each workload a label of its own to select by',
    ],
    [
      'a workload that selects the pods of a later one, too',
      [workload('Deployment', 'wide', { tier: 'front' }), web],
      'Deployment "wide" selects by tier=front the pods of Deployment "web", too, and would adopt them; ' +
        'give each workload a label of its own to select by',
    ],
    [
      'a spread of other pods',
      [spread({ matchLabels: { app: 'x' } })],
      'Deployment "d" is spread over zone by counting app=x, its own pods carry app=d; count by labels ' +
        'that they have',
    ],
    [
      'a spread of nothing',
      [spread(undefined)],
      'Deployment "d" is spread over zone by counting nothing, its own pods carry app=d; count by labels ' +
        'that they have',
    ],
  ];
  test.each(cases)('%s', (_, manifests, message) =>
    expect(messages(selectors, manifests)).toEqual([message]),
  );

  test('each of three workloads of the same pods but the first', () => {
    const same = ['a', 'b', 'c'].map((name) => workload('Deployment', name, { app: 'same' }));
    expect(messages(selectors, same).map((message) => message.slice(0, 14))).toEqual([
      'Deployment "b"',
      'Deployment "c"',
    ]);
  });
});
