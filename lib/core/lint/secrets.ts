import type { Rule } from './context';
import type { Manifest } from './manifest';
import { describe, typeOf } from './manifest';
import { quoted } from './quoted';

function keysOf(manifest: Manifest): string[] {
  return Object.keys({
    ...(manifest.data as object | undefined),
    ...(manifest.stringData as object | undefined),
  });
}

/** [core/secret-data] Secret values in the manifests: whoever reads the repository reads them, for ever. */
export const secretData: Rule = (objects) =>
  objects.flatMap(({ path, manifest }) => {
    if (typeOf(manifest) !== 'Secret') return [];
    const keys = keysOf(manifest);
    if (keys.length === 0) return [];
    const message =
      `${describe(manifest)} carries the value of ${quoted(keys)}, values do not belong into git; refer to ` +
      'an existing Secret, use an ExternalSecret, or have it generated in the cluster';
    return [{ code: 'core/secret-data', path, message }];
  });
