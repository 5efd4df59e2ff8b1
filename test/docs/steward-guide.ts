import { readDocument } from './documents';
import type { Manifest } from './rendered';

/** A rule of a Role. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** The rules of a Role among these objects. */
export function rulesOfRole(objects: readonly Manifest[], name: string): readonly RoleRule[] {
  return objects.find(({ kind, metadata }) => kind === 'Role' && metadata.name === name)?.rules ?? [];
}

/** Longest list of objects that the guide writes out. */
const MOST_NAMES = 15;

/** How the guide writes rules: what they are about, what may be done, and with which. */
export function rowsOfRules(rules: readonly RoleRule[]): string[][] {
  const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');
  const objects = (names: readonly string[]) =>
    names.length > MOST_NAMES ? `${code(names.slice(0, 1))} to ${code(names.slice(-1))}` : code(names);
  return rules.map(({ apiGroups, resources, verbs, resourceNames }) => [
    code(resources) + (apiGroups[0] ? ` of \`${apiGroups[0]}\`` : ''),
    code(verbs),
    resourceNames ? objects(resourceNames) : 'all',
  ]);
}

/** Causes that a steward may wait for, in their order. */
export function allCauses(): string[] {
  const [, union = ''] = /export type Cause =([^;]+);/.exec(readDocument('lib/steward/facts.ts')) ?? [];
  return [...union.matchAll(/'([^']+)'/g)].map(([, cause]) => cause);
}

/** Metrics in what a steward tells Prometheus: name, type and labels as the guide has them, and their help. */
export function metricsIn(text: string): { row: string[]; help: string }[] {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(([, name, help, type]) => {
    const [, labels = ''] = new RegExp(`^${name}\\{([^}]*)\\}`, 'm').exec(text) ?? [];
    const keys = [...labels.matchAll(/(\w+)=/g)].map(([, key]) => key).filter((key) => key !== 'cluster');
    return { row: [name, type, keys.join()], help };
  });
}
