import { describe, expect, test } from 'vitest';
import { namespaceOf, podTemplateOf, typeOf } from '../../../lib/core/lint/manifest';
import { object } from './manifests';

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [] } };

describe('pod templates', () => {
  test.each([
    'apps/v1 Deployment',
    'apps/v1 StatefulSet',
    'apps/v1 DaemonSet',
    'apps/v1 ReplicaSet',
    'v1 ReplicationController',
    'batch/v1 Job',
  ])('of a %s', (type) => expect(podTemplateOf(object(type, 'a', { template }))).toEqual(template));

  test('of a CronJob', () => {
    const manifest = object('batch/v1 CronJob', 'a', { jobTemplate: { spec: { template } } });
    expect(podTemplateOf(manifest)).toEqual(template);
  });

  test('of a Pod: itself', () => {
    const manifest = object('Pod', 'a', template.spec, { metadata: template.metadata });
    expect(podTemplateOf(manifest)).toEqual({ metadata: manifest.metadata, spec: template.spec });
  });

  test.each(['Service', 'batch.volcano.sh/v1alpha1 Job'])('none of a %s', (type) =>
    expect(podTemplateOf(object(type, 'a', { template }))).toBeUndefined(),
  );

  test('none of a workload without a spec', () =>
    expect(podTemplateOf(object('apps/v1 Deployment', 'a'))).toBeUndefined());
});

test.each([
  ['v1', 'Service', 'Service'],
  ['apps/v1', 'StatefulSet', 'StatefulSet.apps'],
])('the type of %s %s', (apiVersion, kind, type) => expect(typeOf({ apiVersion, kind })).toBe(type));

test.each([
  ['ConfigMap', undefined, 'default'],
  ['ConfigMap', 'dev', 'dev'],
  ['Namespace', 'dev', ''],
])('the namespace of a %s in %s', (kind, namespace, expected) =>
  expect(namespaceOf({ apiVersion: 'v1', kind, metadata: { namespace } })).toBe(expected),
);
