import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const cache = new Map<string, string>();

function packageRoot(): string {
  let at = __dirname;
  while (!existsSync(join(at, 'package.json'))) at = dirname(at);
  return at;
}

/**
 * Text of a file that ships with the package: scripts below `lib` and programs below `build`. The same path works
 * from the sources and from the compiled package, because both are shipped.
 */
export function packageFile(path: string): string {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const full = join(packageRoot(), path);
  if (!existsSync(full))
    throw new Error(`${path} is missing from the package; in a checkout, run "npm ci" or "npm run prepare"`);
  const text = readFileSync(full, 'utf8');
  cache.set(path, text);
  return text;
}
