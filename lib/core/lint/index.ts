import type { Problem } from '../problem';
import type { LintContext, Rule } from './context';
import { duplicates } from './duplicates';
import type { RenderedObject } from './manifest';
import { names } from './names';
import { ports } from './ports';
import { references } from './references';
import { secretData } from './secrets';
import { selectors } from './selectors';
import { sizes, variables } from './size';

export type { ExternalObject, LintContext, Rule } from './context';
export { CREATES_SECRET_ANNOTATION, SELECTS_ANNOTATION } from './context';
export type { Labels, Manifest, Metadata, RenderedObject } from './manifest';

const RULES: readonly Rule[] = [
  names,
  duplicates,
  references,
  selectors,
  ports,
  sizes,
  variables,
  secretData,
];

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Everything that is wrong with a rendered app as a whole, sorted by path, then by code. */
export function lint(objects: readonly RenderedObject[], context: LintContext = {}): Problem[] {
  const problems = RULES.flatMap((rule) => rule(objects, context));
  return problems.sort((a, b) => compare(a.path, b.path) || compare(a.code, b.code));
}
