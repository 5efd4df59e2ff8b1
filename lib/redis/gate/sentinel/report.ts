/** What the gate of a Sentinel that waits tells everybody who asks. */
export interface SentinelGateReport {
  readonly pod: string;
  readonly cluster: string;
  /** Full name of the master, as its disk has it. */
  readonly master?: string;
  /** Why it waits. */
  readonly says: string;
}

/** What a Sentinel's gate tells; undefined: it cannot be understood. */
export function readSentinelReport(answer: unknown): SentinelGateReport | undefined {
  const { pod, cluster, master, says = '' } = (answer ?? {}) as SentinelGateReport;
  if (typeof pod !== 'string' || typeof cluster !== 'string' || typeof says !== 'string') return undefined;
  if (master !== undefined && typeof master !== 'string') return undefined;
  return { pod, cluster, says, ...(master !== undefined && { master }) };
}
