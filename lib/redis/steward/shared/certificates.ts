import type { ConnectionOptions } from 'node:tls';
import type { Address } from '../../../steward/reach';
import { shownCertificate } from './shown-certificate';

/** Times in milliseconds. */
export interface CertificateTiming {
  /** How often a server that shows the right certificate is looked at. */
  readonly settled: number;
  /** How often one that does not. */
  readonly stale: number;
  /** How long a server that was told in vain to read its keys anew is left alone. */
  readonly pause: number;
  /** How long a server may take to show it. */
  readonly probe: number;
}

const TIMING: CertificateTiming = { settled: 30_000, stale: 2_000, pause: 15_000, probe: 2_000 };

interface Seen {
  readonly at: number;
  /** The certificate that it should have shown then. */
  readonly wanted: Buffer;
  readonly stale: boolean;
}

/** Which servers, by their pods, show another certificate than the one that is mounted. */
export class Certificates {
  private readonly seen = new Map<string, Seen>();
  private readonly failed = new Map<string, number>();

  constructor(
    private readonly timing: CertificateTiming = TIMING,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Those of these servers whose certificate is another one; a server that shows none is not known to. */
  async stale(
    servers: ReadonlyMap<string, Address>,
    wanted: Buffer,
    keys: ConnectionOptions,
  ): Promise<string[]> {
    await Promise.all([...servers].map(([pod, address]) => this.look(pod, address, wanted, keys)));
    const now = this.now();
    return [...servers.keys()].filter((pod) => {
      const failed = this.failed.get(pod);
      return this.seen.get(pod)?.stale && (failed === undefined || now - failed >= this.timing.pause);
    });
  }

  /** Whether a server shows the certificate now, after it was told to read its keys anew. */
  async renewed(pod: string, address: Address, wanted: Buffer, keys: ConnectionOptions): Promise<boolean> {
    this.seen.delete(pod);
    await this.look(pod, address, wanted, keys);
    const renewed = this.seen.get(pod)?.stale === false;
    if (renewed) this.failed.delete(pod);
    else this.gaveUp(pod);
    return renewed;
  }

  /** Notes that a server did not take its new certificate: it must not hold up everything else. */
  gaveUp(pod: string): void {
    this.failed.set(pod, this.now());
  }

  private async look(pod: string, address: Address, wanted: Buffer, keys: ConnectionOptions): Promise<void> {
    const before = this.seen.get(pod);
    const at = this.now();
    const every = before?.stale ? this.timing.stale : this.timing.settled;
    if (before?.wanted.equals(wanted) && at - before.at < every) return;
    const shown = await shownCertificate(address, keys, this.timing.probe);
    if (shown) this.seen.set(pod, { at, wanted, stale: !shown.equals(wanted) });
    else this.seen.delete(pod);
  }
}
