import type { Labels } from './manifest';

const PART = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether `name` is a DNS subdomain of Kubernetes (RFC 1123): labels of any length, joined by dots. */
export function isDnsSubdomain(name: string): boolean {
  return name.length <= 253 && SUBDOMAIN.test(name);
}

function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  return name.length <= 63 && PART.test(name) && (slash < 0 || isDnsSubdomain(key.slice(0, slash)));
}

function isLabelValue(value: unknown): boolean {
  return typeof value === 'string' && (value === '' || (value.length <= 63 && PART.test(value)));
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? `"${value}" (${value.length} characters)`
    : `${JSON.stringify(value)} (no string)`;
}

/**
 * What is wrong with labels.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export function labelFaults(labels: Labels | undefined): string[] {
  const faults: string[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!isLabelKey(key)) {
      faults.push(
        `label key "${key}" is not valid; use at most 63 letters, digits, "-", "_" and ".", with a letter ` +
          'or digit at both ends, after an optional DNS subdomain and "/"',
      );
    }
    if (!isLabelValue(value)) {
      faults.push(
        `label "${key}" is ${shown(value)}; use a string of at most 63 letters, digits, "-", "_" and ".", ` +
          'with a letter or digit at both ends',
      );
    }
  }
  return faults;
}
