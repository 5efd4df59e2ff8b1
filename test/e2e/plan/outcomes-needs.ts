import type { Manifest } from '../../../lib/plan/types';
import { patched } from '../../plan/objects';
import { missing } from '../harness/wait';
import type { Outcome } from './outcome';
import * as o from './outcome-objects';
import type { Scene } from './scene';

const untouched = { kept: 1, gone: 0, came: 0, fewest: 1, most: 1 };
const notReplaced = { kept: 0, gone: 1, came: 0, fewest: 0 };

/** Something that pods need goes: they go on, and once they are deleted, they do not come back. */
function needed(name: string, of: Manifest, reader: Manifest, says: string, reason: RegExp): Outcome {
  return {
    name,
    before: [of, reader],
    after: [reader],
    says: [says],
    seen: { pods: untouched, sees: (scene) => scene.absent(of) },
    next: {
      act: (scene) => scene.deletePod(),
      seen: { pods: notReplaced, sees: (scene) => scene.refusesToStart(reason) },
    },
  };
}

const without = (kind: string, name: string) =>
  `outage: ${kind} ${name} is deleted, without which pods of Deployment ${name} do not start: those that run go on until they are made anew`;

/** A Secret that goes. */
export const quickNeeds: readonly Outcome[] = [
  needed(
    'secret-gone',
    o.secret('secret-gone'),
    o.deployment('secret-gone', {}, o.variable('PASSWORD', 'secretKeyRef', 'secret-gone')),
    without('Secret', 'secret-gone'),
    /CreateContainerConfigError: secret "secret-gone" not found/,
  ),
];

const ofFiles = (name: string) =>
  o.deployment(name, {}, { volumes: [{ name: 'conf', configMap: { name } }] });

const stored = (of: Manifest, level: string | undefined) => async (scene: Scene) => {
  const { data } = await scene.stored(of);
  if (data?.level !== level) missing(`level is ${data?.level}`);
};

const files = o.configMap('files', { level: '1' });
const variables = o.configMap('variables', { level: '1' });
const keyGone = o.configMap('key-gone', { level: '1', other: 'x' });
const ofVariables = o.deployment('variables', {}, o.variable('LEVEL', 'configMapKeyRef', 'variables'));
const ofKey = o.deployment('key-gone', {}, o.variable('LEVEL', 'configMapKeyRef', 'key-gone'));
const lonely = o.deployment('lonely');
const deserted = o.deployment('deserted');
const account = o.account('account-gone');
const ofAccount = o.deployment('account-gone', {}, { fields: { serviceAccountName: 'account-gone' } });

const oldSecret = o.secret('old-template');
const oldReader = o.statefulSet(
  'old-template',
  { updateStrategy: { type: 'OnDelete' } },
  o.variable('PASSWORD', 'secretKeyRef', 'old-template'),
);

/** Changes of what pods need, and of who leads to them. */
export const slowNeeds: readonly Outcome[] = [
  {
    name: 'files',
    before: [files, ofFiles('files')],
    after: [patched(files, { data: { level: '2' } }), ofFiles('files')],
    says: [
      'applied-live: ConfigMap files has other content (data.level): pods of Deployment files see the new files within about a minute',
    ],
    seen: { pods: untouched, sees: (scene) => scene.prints('cat /conf/level', '2') },
  },
  {
    name: 'variables',
    before: [variables, ofVariables],
    after: [patched(variables, { data: { level: '2' } }), ofVariables],
    says: [
      'applied-live: ConfigMap variables has other content (data.level): pods of Deployment variables see it when they start the next time',
    ],
    seen: {
      pods: untouched,
      sees: async (scene) => {
        await stored(variables, '2')(scene);
        await scene.prints('echo $LEVEL', '1');
      },
    },
    next: {
      act: (scene) => scene.deletePod(),
      seen: {
        pods: { kept: 0, gone: 1, came: 1 },
        sees: (scene) => scene.prints('echo $LEVEL', '2'),
      },
    },
  },
  {
    name: 'key-gone',
    before: [keyGone, ofKey],
    after: [patched(keyGone, { data: { level: null } }), ofKey],
    says: [
      'outage: key level of ConfigMap key-gone is gone, without which pods of Deployment key-gone do not start: those that run go on until they are made anew',
      'applied-live: ConfigMap key-gone has other content (data.level)',
    ],
    seen: { pods: untouched, sees: stored(keyGone, undefined) },
    next: {
      act: (scene) => scene.deletePod(),
      seen: {
        pods: notReplaced,
        sees: (scene) => scene.refusesToStart(/CreateContainerConfigError: couldn't find key level/),
      },
    },
  },
  needed(
    'files-gone',
    o.configMap('files-gone', { level: '1' }),
    ofFiles('files-gone'),
    without('ConfigMap', 'files-gone'),
    /FailedMount: .*configmap "files-gone" not found/,
  ),
  {
    name: 'old-template',
    before: [oldSecret, oldReader],
    after: [o.newer(oldReader)],
    says: [
      'outage: Secret old-template is deleted, and pods of StatefulSet old-template that stay of the old template, because its update strategy is OnDelete, cannot restart without it',
      'applied-live: no pod of StatefulSet old-template restarts by itself, because its update strategy is OnDelete',
    ],
    seen: { pods: untouched, sees: (scene) => scene.absent(oldSecret) },
    next: {
      act: (scene) => scene.endProgram(),
      seen: {
        pods: { kept: 0, gone: 0, came: 0, fewest: 0 },
        sees: (scene) => scene.refusesToStart(/secret "old-template" not found/),
      },
    },
  },
  {
    name: 'account-gone',
    before: [account, ofAccount],
    after: [ofAccount],
    says: [
      'outage: ServiceAccount account-gone is deleted: pods of Deployment account-gone lose their rights, and no new ones are let in',
    ],
    seen: { pods: untouched, sees: (scene) => scene.absent(account) },
    next: {
      act: (scene) => scene.deletePod(),
      seen: {
        pods: { ...notReplaced, most: 1 },
        sees: (scene) => scene.tells('account-gone', /serviceaccount "account-gone" not found/),
      },
    },
  },
  {
    name: 'lonely',
    before: [o.service('lonely'), lonely],
    after: [patched(o.service('lonely'), { spec: { selector: { outcome: 'nobody' } } }), lonely],
    says: ['outage: Service lonely selects no pods any more, so nobody answers its clients'],
    seen: { pods: untouched, sees: (scene) => scene.endpoints('lonely', 0) },
  },
  {
    name: 'deserted',
    before: [o.service('deserted'), deserted],
    after: [o.service('deserted')],
    says: [
      'outage: Deployment deserted is deleted and all its pods end',
      'outage: Service deserted has no pods any more: its last ones were those of Deployment deserted',
    ],
    seen: { pods: notReplaced, sees: (scene) => scene.endpoints('deserted', 0) },
  },
];
