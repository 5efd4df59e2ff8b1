import { describe, expect, test } from 'vitest';
import { names } from '../../../lib/core/lint/names';
import { messages, object, workload } from './manifests';

const of = (length: number) => 'n'.repeat(length);
const set = (name: string) => workload('StatefulSet', name, { app: 'a' });

describe('names that fit', () => {
  test.each([
    ['a set with room for its revision', set(of(52))],
    ['a Deployment, whose pods get their names cut', workload('Deployment', of(242), { app: 'a' })],
    ['a CronJob', object('batch/v1 CronJob', of(52))],
    ['a Job', object('batch/v1 Job', of(63))],
    ['an indexed Job', object('batch/v1 Job', of(60), { completionMode: 'Indexed', completions: 100 })],
    ['a Service', object('Service', of(63))],
    ['a Service of Knative', object('serving.knative.dev/v1 Service', '1a')],
    ['a ConfigMap', object('ConfigMap', `${of(100)}.${of(152)}`)],
    ['a role of the system', object('rbac.authorization.k8s.io/v1 ClusterRole', 'system:Reader')],
    ['an object without a namespace', object('ConfigMap', 'a', {}, { metadata: { namespace: undefined } })],
    ['labels', object('ConfigMap', 'a', {}, { metadata: { labels: { 'a.b/C_d': '', x: `A.${of(59)}_1` } } })],
  ])('%s', (_, manifest) => expect(messages(names, [manifest])).toEqual([]));
});

const SUBDOMAIN =
  'a DNS subdomain: at most 253 lower-case letters, digits, "-" and ".", a letter or digit at both ends of ' +
  'each part';
const LABEL = 'a DNS label: at most 63 lower-case letters, digits and "-", a letter or digit at both ends';
const SERVICE =
  'a DNS label of RFC 1035: at most 63 lower-case letters, digits and "-", starting with a letter, not ' +
  'ending with "-"';
const labelled = (labels: unknown) => object('ConfigMap', 'a', {}, { metadata: { labels } });
const KEY =
  'use at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends, after an ' +
  'optional DNS subdomain and "/"';
const VALUE =
  'use a string of at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends';

describe('names that do not', () => {
  test.each([
    [object('ConfigMap', ''), 'ConfigMap has no name, kubectl apply needs one; set metadata.name'],
    [object('ConfigMap', 'A_b'), `ConfigMap "A_b" has a name that is not allowed; use ${SUBDOMAIN}`],
    [object('Secret', of(254)), `Secret "${of(254)}" has a name that is not allowed; use ${SUBDOMAIN}`],
    [object('Secret', 'a..b'), `Secret "a..b" has a name that is not allowed; use ${SUBDOMAIN}`],
    [object('Service', '0a'), `Service "0a" has a name that is not allowed; use ${SERVICE}`],
    [object('Service', of(64)), `Service "${of(64)}" has a name that is not allowed; use ${SERVICE}`],
    [set('a.b'), `StatefulSet "a.b" has a name that is not allowed; use ${LABEL}`],
    [object('Namespace', 'a.b'), `Namespace "a.b" has a name that is not allowed; use ${LABEL}`],
    [
      object('rbac.authorization.k8s.io/v1 Role', 'a/b'),
      'Role "a/b" has a name that is not allowed; use one segment of a URL: anything without "/" and "%"',
    ],
    [
      set(of(53)),
      `StatefulSet "${of(53)}" has a name of 53 characters, at most 52 leave room for the revision in the ` +
        'label controller-revision-hash of its pods; choose a shorter name',
    ],
    [
      object('batch/v1 CronJob', of(53)),
      `CronJob "${of(53)}" has a name of 53 characters, at most 52 leave room for the time in the names of ` +
        'its Jobs; choose a shorter name',
    ],
    [
      object('batch/v1 Job', of(64)),
      `Job "${of(64)}" has a name of 64 characters, at most 63 fit the label job-name of its pods; choose ` +
        'a shorter name',
    ],
    [
      object('batch/v1 Job', of(61), { completionMode: 'Indexed', completions: 100 }),
      `Job "${of(61)}" has a name of 61 characters, at most 60 leave room for "-99" in the host names of ` +
        'its pods; choose a shorter name',
    ],
    [
      workload('Deployment', of(243), { app: 'a' }),
      `Deployment "${of(243)}" has a name of 243 characters, at most 242 leave room for the hash in the ` +
        'names of its ReplicaSets; choose a shorter name',
    ],
    [
      object('ConfigMap', 'a', {}, { metadata: { namespace: 'Dev' } }),
      `namespace "Dev" is not allowed; use ${LABEL}`,
    ],
    [labelled({ 'a b': 'c' }), `label key "a b" is not valid; ${KEY}`],
    [labelled({ 'A.b/c': 'c' }), `label key "A.b/c" is not valid; ${KEY}`],
    [labelled({ a: 'b c' }), `label "a" is "b c" (3 characters); ${VALUE}`],
    [labelled({ a: of(64) }), `label "a" is "${of(64)}" (64 characters); ${VALUE}`],
    [labelled({ a: 3 }), `label "a" is 3 (no string); ${VALUE}`],
    [workload('Deployment', 'a', { a: '-' }), `label "a" is "-" (1 characters); ${VALUE}`],
  ])('%#', (manifest, message) => expect(messages(names, [manifest])).toEqual([message]));

  test('a label on the object and on its pods is reported once', () => {
    const both = workload('Deployment', 'a', { a: '-' }, {}, {});
    const manifest = { ...both, metadata: { ...both.metadata, labels: { a: '-' } } };
    expect(messages(names, [manifest])).toHaveLength(1);
  });
});
