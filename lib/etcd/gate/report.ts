import type { EtcdGateReport } from './settings';

const SAYS_LIMIT = 4_000;
const DISKS: readonly unknown[] = [
  'empty',
  'founding',
  'data',
  'lost',
  'foreign',
] satisfies EtcdGateReport['disk'][];

/** What a gate tells, whosever it is, as far as others go by it; undefined: it cannot be understood. */
export function readReport(answer: unknown): EtcdGateReport | undefined {
  const { id, token, disk, says = '', founders, seenEmpty } = (answer ?? {}) as EtcdGateReport;
  if (!Number.isInteger(id) || !DISKS.includes(disk)) return undefined;
  if (typeof token !== 'string' || typeof says !== 'string') return undefined;
  if (!isIds(founders) || !isIds(seenEmpty)) return undefined;
  return { id, token, disk, says: says.slice(0, SAYS_LIMIT), founders, seenEmpty };
}

const isIds = (ids: unknown): boolean => Array.isArray(ids) && ids.every((id) => Number.isInteger(id));

/** Why a gate has nothing to do with what another one tells; undefined: it has. */
export function strangeness(
  own: Pick<EtcdGateReport, 'token' | 'founders'>,
  expected: number,
  { id, token, founders }: EtcdGateReport,
): string | undefined {
  if (token !== own.token) return `it belongs to the cluster "${token}"`;
  if (id !== expected) return `it is member ${id}`;
  if (founders.join() !== own.founders.join()) return `it was told other founders (${founders.join(', ')})`;
  return undefined;
}
