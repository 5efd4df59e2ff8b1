import { askGate, type GateReport } from '../gate/report';
import type { Address } from '../wire/types';

/** What the steward must know of a gate. */
export type GateSays = Pick<GateReport, 'disk' | 'says'>;

/** What the gate of a member says; undefined: none answers there, or another member's. */
export async function askGateOf(
  id: number,
  address: Address,
  timeoutMs: number,
): Promise<GateSays | undefined> {
  const report = await askGate(address, timeoutMs);
  return report?.id === id ? { disk: report.disk, says: report.says } : undefined;
}
