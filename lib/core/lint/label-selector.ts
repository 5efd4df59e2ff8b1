import type { Labels } from './manifest';

/** One requirement of a selector. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** A selector of the API; without any requirement it selects everything, and where it is missing, nothing. */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelRequirement[];
}

/** A selector's requirements in one form: `a: b` is `a in (b)`. */
export function requirementsOf(selector: LabelSelector): LabelRequirement[] {
  const equal = Object.entries(selector.matchLabels ?? {});
  return [
    ...equal.map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...(selector.matchExpressions ?? []),
  ];
}

/** Whether `labels` meet one requirement; an unknown operator is left to the API server. */
export function meets({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return true;
  }
}

/** Whether a selector selects what carries `labels`. */
export function matches(selector: LabelSelector | undefined, labels: Labels): boolean {
  return (
    selector !== undefined && requirementsOf(selector).every((requirement) => meets(requirement, labels))
  );
}

/** Labels as kubectl takes them: `a=b,c=d`. */
export function formatLabels(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? 'none' : pairs.join(',');
}

function formatRequirement({ key, operator, values = [] }: LabelRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return key;
  }
}

/** A selector as kubectl takes it: `app=web,tier in (a,b),!canary`. */
export function formatSelector(selector: LabelSelector | undefined): string {
  if (!selector) return 'nothing';
  return requirementsOf(selector).map(formatRequirement).join(',') || 'everything';
}
