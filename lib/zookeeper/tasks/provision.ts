import { setTimeout as delay } from 'node:timers/promises';
import { isZooKeeperError, type ZooKeeperErrorCode } from '../wire/client';
import { explained, withSession } from './session';
import { provide, type Wanted } from './znodes';

/** What a provisioning Job brings about, as JSON in its variable PROVISION. */
export interface Provision extends Wanted {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
}

/** How long a run keeps trying. */
export interface Patience {
  /** For the ensemble to be there, all tries together. @default 5 minutes */
  readonly totalMs: number;
  /** For one try. @default 20 seconds */
  readonly tryMs: number;
  /** Between tries. @default 5 seconds */
  readonly pauseMs: number;
}

const PATIENCE: Patience = { totalMs: 300_000, tryMs: 20_000, pauseMs: 5_000 };
/** What passes once the ensemble has formed or has elected a leader. */
const PASSING: ZooKeeperErrorCode[] = [
  'ConnectionLoss',
  'OperationTimeout',
  'SessionExpired',
  'SessionMoved',
];

/**
 * Converges what a Job was made for. An ensemble that does not answer is waited for; it throws when it takes too long,
 * so that the Job tries again, and at once when trying again would not help.
 */
export async function runProvision(
  log: (line: Record<string, unknown>) => void,
  patience: Patience = PATIENCE,
): Promise<void> {
  const wanted = JSON.parse(process.env.PROVISION ?? '{}') as Provision;
  const deadline = Date.now() + patience.totalMs;
  let told = '';
  for (;;) {
    try {
      await withSession(wanted.servers, { tls: wanted.tls, timeoutMs: patience.tryMs }, (client) =>
        provide(client, wanted),
      );
      log({ provision: 'done', znodes: wanted.znodes, reconfigurers: wanted.reconfigurers });
      return;
    } catch (error) {
      if (!isZooKeeperError(error, ...PASSING) || Date.now() + patience.pauseMs > deadline)
        throw explained(error);
      const { message } = error;
      if (message !== told)
        log({ provision: 'wait', reason: `the ensemble does not answer yet: ${message}` });
      told = message;
      await delay(patience.pauseMs);
    }
  }
}
