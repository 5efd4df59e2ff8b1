import type { RedisGateReport } from './round';

const SAYS_LIMIT = 4_000;
const DISKS: readonly unknown[] = ['empty', 'data'] satisfies RedisGateReport['disk'][];

/** What a server's gate tells, whosever it is, as far as others go by it; undefined: it cannot be understood. */
export function readReport(answer: unknown): RedisGateReport | undefined {
  const { pod, cluster, disk, says = '', founders, seenEmpty, details } = (answer ?? {}) as RedisGateReport;
  if (typeof pod !== 'string' || typeof cluster !== 'string' || typeof says !== 'string') return undefined;
  if (!DISKS.includes(disk) || !isNames(founders) || !isNames(seenEmpty)) return undefined;
  if (typeof details !== 'object' || details === null) return undefined;
  return { pod, cluster, disk, says: says.slice(0, SAYS_LIMIT), founders, seenEmpty, details };
}

const isNames = (names: unknown): boolean =>
  Array.isArray(names) && names.every((name) => typeof name === 'string');

/** Why a gate has nothing to do with what another one tells; undefined: it has. */
export function strangeness(
  own: { readonly cluster: string; readonly founders: readonly string[] },
  expected: string,
  { cluster, pod, founders }: RedisGateReport,
): string | undefined {
  if (cluster !== own.cluster) return `it belongs to the deployment "${cluster}"`;
  if (pod !== expected) return `it is ${pod}`;
  if (founders.join() !== own.founders.join()) return `it was told other founders (${founders.join(', ')})`;
  return undefined;
}
