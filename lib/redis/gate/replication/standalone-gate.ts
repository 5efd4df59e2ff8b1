import type { GateDecision, GateRound } from '../round';

/** Whether a server may start that is alone: with what it has, or with nothing where nothing was ever kept. */
export async function standaloneRound(round: GateRound): Promise<GateDecision> {
  return decideStandalone({ ...round.settings, formed: round.formed, disk: round.disk });
}

/** What the gate of a server that is alone decides from. */
export interface StandaloneFacts {
  readonly cluster: string;
  readonly formed: boolean;
  readonly keepsData: boolean;
  readonly disk: 'empty' | 'data';
  readonly restore?: string;
}

export function decideStandalone({
  cluster,
  formed,
  keepsData,
  disk,
  restore,
}: StandaloneFacts): GateDecision {
  if (disk === 'data' || !keepsData) return { action: 'start', as: 'master', lines: [] };
  if (formed) {
    const reason =
      'the deployment was formed, and this disk is empty: its data is gone. Look for the volume first, or restore a backup ' +
      `into a deployment of another name. To start anew with nothing, delete the ConfigMap ${cluster}-formed.`;
    return { action: 'wait', reason };
  }
  if (restore)
    return {
      action: 'wait',
      reason: `the backup ${restore} is not on this disk, which the server is to start from.`,
    };
  return { action: 'start', as: 'master', lines: [] };
}
