import type { Rule } from './context';
import { describe, nameOf, namespaceOf, typeOf } from './manifest';

/** [core/duplicate] Two manifests of one object: whichever is applied last wins. */
export const duplicates: Rule = (objects) => {
  const seen = new Map<string, string>();
  return objects.flatMap(({ path, manifest }) => {
    if (nameOf(manifest) === '') return [];
    const namespace = namespaceOf(manifest);
    const key = `${typeOf(manifest)}/${namespace}/${nameOf(manifest)}`;
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, path);
      return [];
    }
    const where = namespace === '' ? '' : ` in namespace "${namespace}"`;
    const message =
      `${path} and ${first} both render ${describe(manifest)}${where}, the one applied last would replace ` +
      'the other; give one of them another name';
    return [{ code: 'core/duplicate', path, message }];
  });
};
