import type { Known, ReplicationMembers } from './replication-members';

const EVERY_MS = 500;

/** Asks Sentinels again and again who the master is, and tells when one of them names another. */
export class MasterWatch {
  private sentinels: readonly Known[] = [];
  private readonly named = new Map<string, string>();
  private readonly asked = new Set<string>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly members: Pick<ReplicationMembers, 'client'>,
    private readonly masterName: string,
    private readonly onChange: () => void,
    everyMs = EVERY_MS,
  ) {
    this.timer = setInterval(() => this.ask(), everyMs);
    this.timer.unref();
  }

  /** Whom to ask from now on. */
  watch(sentinels: readonly Known[]): void {
    this.sentinels = sentinels;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private ask(): void {
    for (const sentinel of this.sentinels) {
      if (this.asked.has(sentinel.pod)) continue;
      this.asked.add(sentinel.pod);
      this.members
        .client(sentinel, 'sentinelAt')
        .command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.masterName)
        .then((address) => this.note(sentinel.pod, JSON.stringify(address)))
        // One that does not answer tells nothing new.
        .catch(() => undefined)
        .finally(() => this.asked.delete(sentinel.pod));
    }
  }

  private note(pod: string, address: string): void {
    const before = this.named.get(pod);
    this.named.set(pod, address);
    if (before !== undefined && before !== address) this.onChange();
  }
}
