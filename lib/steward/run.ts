import type { Charge, Decision } from './charge';
import { Cluster } from './cluster';
import { inCluster, Kubernetes } from './kubernetes/client';
import { Lease } from './kubernetes/lease';
import { Metrics } from './metrics';
import { serve } from './serve';
import { STEWARD_PORT, type StewardSettings, stewardName } from './settings';
import { Steward } from './steward';

/** Longer than the slowest step may take. */
const ALIVE_MS = 120_000;

/**
 * Runs the steward of a cluster until it is told to end; `take` gives what it has in its charge, which may `wake` the steward
 * where it has heard of a change sooner than Kubernetes.
 */
export async function runSteward<F, S extends Decision>(
  settings: StewardSettings,
  take: (cluster: Cluster, wake: () => void) => Charge<F, S>,
  log: (line: Record<string, unknown>) => void,
): Promise<void> {
  const kubernetes = new Kubernetes(inCluster());
  const bell = new Bell();
  const metrics = new Metrics(settings.cluster, () => performance.now() / 1_000);
  const cluster = new Cluster(kubernetes, settings, {
    onChange: () => bell.ring(),
    onTrouble: (reason) => {
      metrics.fail('watch');
      log({ steward: 'watch', reason });
    },
  });
  const lease = new Lease(
    kubernetes,
    {
      namespace: settings.namespace,
      name: stewardName(settings.cluster),
      identity: `${process.env.POD_NAME}_${process.env.POD_UID}`,
      labels: settings.labels,
      owners: () => cluster.owner(),
    },
    () => performance.now(),
  );
  const steward = new Steward({ charge: take(cluster, () => bell.ring()), cluster, lease, metrics, log });
  const server = await serve(STEWARD_PORT, {
    alive: () => performance.now() - steward.lastLap < ALIVE_MS,
    settled: () => steward.state,
    metrics: () => metrics.render(),
  });
  let ending = false;
  process.once('SIGTERM', () => {
    ending = true;
    bell.ring();
  });
  // A lap is never broken off, and the next steward need not wait for the lease to run out.
  while (!ending) await bell.wait(await steward.lap());
  await lease.release().catch(() => undefined);
  cluster.close();
  server.close();
}

/** Ends a pause. What rings while nobody waits ends the next one at once. */
class Bell {
  private rung = false;
  private wake: () => void = () => undefined;

  ring(): void {
    this.rung = true;
    this.wake();
  }

  async wait(ms: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.rung = false;
    this.wake = () => undefined;
  }
}
