import { namespaceOf } from '../identity';
import type { FieldChange } from '../types';
import { withoutIt } from './needed';
import {
  type Changed,
  type Draft,
  each,
  few,
  first,
  type KindRules,
  listed,
  refused,
  type Whole,
} from './rule';
import { manifestOf, nameOfWorkload, type Reader, World } from './world';

const IMMUTABLE =
  'render it under another name, such as one with a hash of its content, and let its pods refer to that';

/** What pods that run do with other content. */
export function taken(readers: readonly Reader[], world: World): string {
  const by = (...access: Reader['access'][]) =>
    readers
      .filter((reader) => access.includes(reader.access))
      .map(({ workload }) => nameOfWorkload(workload));
  const [files, frozen] = [by('files'), by('environment', 'frozen-files')];
  const parts = [
    ...(files.length > 0 ? [`pods of ${few(files)} see the new files within about a minute`] : []),
    ...(frozen.length > 0 ? [`pods of ${few(frozen)} see it when they start the next time`] : []),
  ];
  if (parts.length > 0) return parts.join('; ');
  return world.pods.workloads.length === 0
    ? 'who reads it is not rendered here'
    : 'no pod that is rendered here reads it';
}

function content(fields: readonly FieldChange[], { object, before, after, context }: Changed): Draft[] {
  if (before.immutable === true) {
    return [refused(fields[0], object, IMMUTABLE, 'cannot change, because it is immutable')];
  }
  const world = World.of(context.after);
  const readers = world.readers(after);
  const gone = fields.filter(({ path, to }) => to === undefined && /^(data|binaryData)[.[]/.test(path));
  const what = `${object} has other content (${listed(fields, ({ path }) => path)}): ${taken(readers, world)}`;
  return [
    { verdict: 'applied-live', what, ...first(fields) },
    ...gone.flatMap((field) => missingKey(field, object, readers)),
  ];
}

/** Pods that ask for a single key that is gone do not start any more. */
function missingKey(field: FieldChange, object: string, readers: readonly Reader[]): Draft[] {
  const key = field.path.replace(/^(data|binaryData)\.?/, '').replace(/^\[|\]$/g, '');
  const asking = readers.filter(({ workload }) => {
    const named = JSON.stringify(manifestOf(workload));
    return named.includes(`"key":${JSON.stringify(key)}`) && !named.includes('"optional":true');
  });
  if (asking.length === 0) return [];
  const what = `key ${key} of ${object} is gone, without which pods of ${few(asking.map(({ workload }) => nameOfWorkload(workload)))} do not start: those that run go on until they are made anew`;
  return [{ verdict: 'outage', what, instead: 'keep the key', needsYes: true, ...first([field]) }];
}

function deleted({ object, manifest, context }: Whole): Draft[] {
  const { kind, metadata } = manifest;
  if (kind === 'Secret' && World.of(context.after).has('Secret', namespaceOf(manifest), metadata.name))
    return [
      { verdict: 'nothing', what: `${object} is rendered no more; something that is applied makes it` },
    ];
  if (kind === 'Secret' && manifest.type === 'kubernetes.io/service-account-token') {
    const what = `${object} is deleted: its token is worth nothing any more`;
    return [{ verdict: 'outage', what, needsYes: true }];
  }
  return withoutIt(`${object} is deleted`, object, manifest, context);
}

/** https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable */
export const configuration: KindRules = {
  deleted,
  changed: [
    each(['immutable'], (field, { object }) =>
      field.from === true
        ? refused(field, object, IMMUTABLE, 'cannot be taken back')
        : { verdict: 'applied-live', what: `${object} becomes immutable: nobody can change it from now on` },
    ),
    each(['type'], (field, { object }) =>
      refused(field, object, 'delete the Secret and create it anew, or keep the type'),
    ),
    { at: ['data', 'binaryData'], judge: content },
  ],
};

/** https://kubernetes.io/docs/concepts/security/service-accounts/ */
export const serviceAccounts: KindRules = {
  deleted: ({ object, manifest, context }) => {
    const needing = World.of(context.after).needing(manifest).map(nameOfWorkload);
    if (needing.length === 0)
      return [{ verdict: 'applied-live', what: `${object} is deleted; no pod that is rendered uses it` }];
    const what = `${object} is deleted: pods of ${few(needing)} lose their rights, and no new ones are let in`;
    return [{ verdict: 'outage', what, instead: `keep ${object}`, needsYes: true }];
  },
  changed: [
    {
      at: ['automountServiceAccountToken', 'imagePullSecrets', 'secrets'],
      judge: (fields, { object }) => [
        {
          verdict: 'applied-live',
          what: `pods that start from now on take it up from ${object}: ${listed(fields)}`,
          ...first(fields),
        },
      ],
    },
  ],
};
