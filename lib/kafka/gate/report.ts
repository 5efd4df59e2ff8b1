import { askReport } from '../../steward/gate-report';
import type { Address } from '../wire/types';

/** What a gate that waits tells. */
export interface GateReport {
  readonly id: number;
  readonly clusterId: string;
  readonly disk: 'empty' | 'data' | 'foreign';
  readonly says: string;
  /** Founders that it was told of. Gates that were told of different ones must not form anything together. */
  readonly founders: readonly number[];
  /** Founders whose empty disks it has noted. */
  readonly seenEmpty: readonly number[];
}

const SAYS_LIMIT = 2_000;
const DISKS: readonly unknown[] = ['empty', 'data', 'foreign'] satisfies GateReport['disk'][];

/** What the gate there tells, whosever it is; undefined: none answers that can be understood. */
export async function askGate(address: Address, timeoutMs: number): Promise<GateReport | undefined> {
  return readReport(await askReport(address, timeoutMs));
}

function readReport(answer: unknown): GateReport | undefined {
  const { id, clusterId, disk, says = '', founders, seenEmpty } = (answer ?? {}) as GateReport;
  if (!Number.isInteger(id) || !DISKS.includes(disk)) return undefined;
  if (typeof clusterId !== 'string' || typeof says !== 'string') return undefined;
  if (!Array.isArray(founders) || !Array.isArray(seenEmpty)) return undefined;
  return { id, clusterId, disk, says: says.slice(0, SAYS_LIMIT), founders, seenEmpty };
}
