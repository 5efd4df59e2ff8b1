import type { ConnectionOptions } from 'node:tls';
import { Certificates } from '../../../steward/certificates';
import type { Address } from '../../../steward/reach';

/** How long a server that was told in vain to read its keys anew is left alone, in milliseconds. */
const PAUSE_MS = 15_000;

/** Which servers, by their pods, are to be told to read their keys anew, and which of them were told in vain. */
export class Renewals {
  private readonly failed = new Map<string, number>();

  constructor(
    private readonly certificates: Pick<Certificates<string>, 'stale' | 'shows'> = new Certificates(),
    private readonly pauseMs: number = PAUSE_MS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Those of these servers that show another certificate than this one, and were not told a moment ago. */
  async due(
    servers: ReadonlyMap<string, Address>,
    wanted: Buffer | undefined,
    keys: ConnectionOptions | undefined,
  ): Promise<string[]> {
    const stale = await this.certificates.stale(servers, wanted, keys);
    const now = this.now();
    return stale.filter((pod) => {
      const failed = this.failed.get(pod);
      return failed === undefined || now - failed >= this.pauseMs;
    });
  }

  /** Whether a server shows the certificate now, after it was told to read its keys anew. */
  async took(pod: string, address: Address, wanted: Buffer, keys: ConnectionOptions): Promise<boolean> {
    const renewed = await this.certificates.shows(pod, address, wanted, keys);
    if (renewed) this.failed.delete(pod);
    else this.gaveUp(pod);
    return renewed;
  }

  /** Notes that a server did not take its new certificate: it must not hold up everything else. */
  gaveUp(pod: string): void {
    this.failed.set(pod, this.now());
  }
}
