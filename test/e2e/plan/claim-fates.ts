import { nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { OUTCOME } from './pod-tally';

/** What became of a claim: `kept` with its volume, `new`, `leaving` while a pod uses it, `gone` with its volume, or something between. */
export type ClaimFate = 'kept' | 'new' | 'leaving' | 'gone' | 'without its volume' | 'its volume stays';

interface Bound {
  readonly name: string;
  readonly uid: string;
  readonly volume: string;
  readonly leaving: boolean;
}

/** Claims of one outcome, and what becomes of them since `begin`. */
export class Claims {
  private old: readonly Bound[] = [];

  constructor(
    private readonly run: Run,
    private readonly outcome: string,
  ) {}

  /** From now on it counts. */
  async begin(): Promise<void> {
    this.old = await this.list();
  }

  /** What became of each claim that there was or is, by its name. */
  async fates(): Promise<Record<string, ClaimFate>> {
    const now = await this.list();
    const volumes = new Set((await this.run.cluster.core.listPersistentVolume()).items.map(nameOf));
    const fates: Record<string, ClaimFate> = {};
    for (const { name, uid, volume } of this.old) {
      const same = now.find((claim) => claim.uid === uid);
      if (same?.leaving) fates[name] = 'leaving';
      else if (same) fates[name] = volumes.has(volume) ? 'kept' : 'without its volume';
      else fates[name] = volumes.has(volume) ? 'its volume stays' : 'gone';
    }
    for (const { name, uid } of now) if (!this.old.some((claim) => claim.uid === uid)) fates[name] = 'new';
    return fates;
  }

  private async list(): Promise<Bound[]> {
    const { items } = await this.run.cluster.core.listNamespacedPersistentVolumeClaim({
      namespace: this.run.namespace,
      labelSelector: `${OUTCOME}=${this.outcome}`,
    });
    return items.map((claim) => ({
      name: nameOf(claim),
      uid: claim.metadata?.uid ?? '',
      volume: claim.spec?.volumeName ?? '',
      leaving: claim.metadata?.deletionTimestamp !== undefined,
    }));
  }
}
