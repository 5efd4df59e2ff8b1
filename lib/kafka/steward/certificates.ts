import type { ConnectionOptions } from 'node:tls';
import type { Address } from '../wire/types';
import { shownCertificate } from './probe';

/** How often a server that shows the right certificate is looked at. */
const EVERY_MS = 30_000;
/** How often one that does not. */
const STALE_EVERY_MS = 2_000;

interface Seen {
  readonly at: number;
  /** The certificate that it should have shown then. */
  readonly wanted: Buffer;
  readonly stale: boolean;
}

/** Which servers show another certificate than the one that is mounted. */
export class Certificates {
  private readonly seen = new Map<number, Seen>();

  constructor(
    private readonly probeMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Those of these servers whose certificate is another one; a server that shows none is not known to. */
  async stale(
    servers: ReadonlyMap<number, Address>,
    wanted: Buffer | undefined,
    keys: ConnectionOptions | undefined,
  ): Promise<number[]> {
    if (!wanted || !keys) return [];
    const ids = [...servers.keys()].sort((a, b) => a - b);
    await Promise.all(ids.map((id) => this.look(id, servers.get(id)!, wanted, keys)));
    return ids.filter((id) => this.seen.get(id)?.stale);
  }

  /** Looks again the next time. */
  forget(id: number): void {
    this.seen.delete(id);
  }

  private async look(id: number, address: Address, wanted: Buffer, keys: ConnectionOptions): Promise<void> {
    const before = this.seen.get(id);
    const at = this.now();
    const every = before?.stale ? STALE_EVERY_MS : EVERY_MS;
    if (before?.wanted.equals(wanted) && at - before.at < every) return;
    const shown = await shownCertificate(address, keys, this.probeMs);
    if (shown) this.seen.set(id, { at, wanted, stale: !shown.equals(wanted) });
    else this.seen.delete(id);
  }
}
