import type { GateReport } from '../../../lib/kafka/gate/report';

/** What a gate tells, with changes. */
export function gateReport(change: Partial<GateReport> = {}): GateReport {
  return {
    id: 3000,
    clusterId: 'c1',
    disk: 'empty',
    says: 'it waits',
    founders: [3000],
    seenEmpty: [],
    ...change,
  };
}
