import { expect, test } from 'vitest';
import { duplicates } from '../../../lib/core/lint/duplicates';
import { messages, object } from './manifests';

const rbac = 'rbac.authorization.k8s.io/v1';
const inNamespace = (namespace?: string) => object('ConfigMap', 'a', {}, { metadata: { namespace } });

test.each([
  ['other kinds', [object('ConfigMap', 'a'), object('Secret', 'a')]],
  ['other groups', [object('Service', 'a'), object('serving.knative.dev/v1 Service', 'a')]],
  ['other namespaces', [inNamespace('a'), inNamespace('b'), inNamespace()]],
  ['objects without a name', [object('ConfigMap', ''), object('ConfigMap', '')]],
])('%s do not clash', (_, manifests) => expect(messages(duplicates, manifests)).toEqual([]));

test.each([
  [
    'one object twice',
    [object('ConfigMap', 'a'), object('Secret', 'a'), object('ConfigMap', 'a')],
    'app/2 and app/0 both render ConfigMap "a" in namespace "dev", the one applied last would replace the ' +
      'other; give one of them another name',
  ],
  [
    'another version of the API',
    [object('policy/v1 PodDisruptionBudget', 'a'), object('policy/v1beta1 PodDisruptionBudget', 'a')],
    'app/1 and app/0 both render PodDisruptionBudget "a" in namespace "dev", the one applied last would ' +
      'replace the other; give one of them another name',
  ],
  [
    'a kind without namespaces in two of them',
    [
      object(`${rbac} ClusterRole`, 'a'),
      object(`${rbac} ClusterRole`, 'a', {}, { metadata: { namespace: 'b' } }),
    ],
    'app/1 and app/0 both render ClusterRole "a", the one applied last would replace the other; give one ' +
      'of them another name',
  ],
  [
    'the default namespace, named and not',
    [inNamespace('default'), inNamespace()],
    'app/1 and app/0 both render ConfigMap "a" in namespace "default", the one applied last would replace ' +
      'the other; give one of them another name',
  ],
])('%s clashes', (_, manifests, message) => expect(messages(duplicates, manifests)).toEqual([message]));

test('every further one is reported', () => {
  expect(
    messages(
      duplicates,
      [1, 2, 3].map(() => object('ConfigMap', 'a')),
    ),
  ).toHaveLength(2);
});
