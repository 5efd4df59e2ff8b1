import { describe, namespaceOf } from '../identity';
import type { Manifest } from '../types';
import { taken } from './configuration';
import { equallyLong } from './durations';
import { withoutIt } from './needed';
import { type Context, type Draft, each, type FieldRule, first, type KindRules, listed, shown } from './rule';
import { World } from './world';

/** The Secret of an ExternalSecret as an object. */
function secretOf(external: Manifest): Manifest {
  const { target } = external.spec ?? {};
  const name = target?.name ?? external.metadata.name;
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: namespaceOf(external) } };
}

function owns({ spec }: Manifest): boolean {
  return (spec?.target?.creationPolicy ?? 'Owner') === 'Owner';
}

/** What becomes of the Secret that an ExternalSecret made and makes no more. `why` says what happened. */
function left(why: string, external: Manifest, context: Context): Draft[] {
  const secret = secretOf(external);
  const name = describe(secret);
  const world = World.of(context.after);
  if (world.same(secret) && owns(external)) {
    const what = `${why}: ${name} is rendered as itself now, and belongs to its ExternalSecret until it is made anew: it may go with it`;
    const instead = `keep ${name} by creationPolicy: Orphan first`;
    return [{ verdict: 'applied-live', what, instead, needsYes: true }];
  }
  if (world.has('Secret', namespaceOf(secret), secret.metadata.name))
    return [{ verdict: 'nothing', what: `${why}; something else that is applied makes ${name}` }];
  if (!owns(external))
    return [
      { verdict: 'applied-live', what: `${why}; ${name} stays, and nothing is fetched into it any more` },
    ];
  return withoutIt(`${why}: ${name} goes`, name, secret, context);
}

/** What is fetched. */
const content: FieldRule = {
  at: ['spec.data', 'spec.dataFrom', 'spec.secretStoreRef', 'spec.target.template', 'spec.target.immutable'],
  judge: (fields, { object, after, context }) => {
    const world = World.of(context.after);
    const secret = secretOf(after);
    const what = `${object} fetches ${describe(secret)} from elsewhere, or in another way: ${listed(fields)}; if what it holds is different then: ${taken(world.readers(secret), world)}`;
    return [{ verdict: 'applied-live', what, needsYes: true, ...first(fields) }];
  },
};

const target: FieldRule = {
  at: ['spec.target.name'],
  judge: (fields, { object, before, after, context }) => {
    if (secretOf(before).metadata.name === secretOf(after).metadata.name) {
      const what = `${object} names the Secret that it has anyway: ${shown(fields[0])}`;
      return [{ verdict: 'nothing', what, ...first(fields) }];
    }
    const why = `${object} makes ${describe(secretOf(after))} from now on`;
    return left(why, before, context).map((draft) => ({ ...draft, ...first(fields) }));
  },
};

/** https://external-secrets.io/latest/api/externalsecret/ */
export const externalSecrets: KindRules = {
  created: ({ object, manifest }) => [
    { verdict: 'applied-live', what: `${object} is created, and ${describe(secretOf(manifest))} is fetched` },
  ],
  deleted: ({ object, manifest, context }) => left(`${object} is deleted`, manifest, context),
  changed: [
    target,
    each(['spec.target.creationPolicy', 'spec.target.deletionPolicy'], (field, { object, before, after }) => {
      const secret = describe(secretOf(after));
      const same = field.path.endsWith('creationPolicy') && owns(before) && owns(after);
      return same
        ? { verdict: 'nothing', what: `${object} owns ${secret} as before: ${shown(field)}` }
        : {
            verdict: 'applied-live',
            what: `when ${secret} goes depends otherwise on ${object}: ${shown(field)}`,
          };
    }),
    content,
    each(['spec.refreshInterval', 'spec.refreshPolicy'], (field, { object }) =>
      equallyLong(field.from, field.to)
        ? { verdict: 'nothing', what: `${object} says the same in other words: ${shown(field)}` }
        : { verdict: 'applied-live', what: `${object} fetches at other times: ${shown(field)}` },
    ),
  ],
};
