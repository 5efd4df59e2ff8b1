import type { ConnectionOptions } from 'node:tls';
import { Certificates } from '../../../steward/certificates';
import type { Address } from '../../../steward/reach';
import type { UnreadKeys } from './members';

/** How long a server that was told in vain to read its keys anew is left alone, in milliseconds. */
const PAUSE_MS = 15_000;

/** Which servers, by their pods, are to be told to read their keys anew, and which of them were told in vain. */
export class Renewals {
  private readonly failed = new Map<string, number>();
  /** When the keys had changed that a server has read. */
  private readonly told = new Map<string, number | undefined>();
  private unread: UnreadKeys | undefined;
  /** The certificate that servers should show, and when the keys had changed as it was first seen. */
  private issued: { readonly wanted: Buffer; readonly since?: number } | undefined;

  constructor(
    private readonly certificates: Pick<Certificates<string>, 'stale' | 'shows'> = new Certificates(),
    private readonly pauseMs: number = PAUSE_MS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Those of these servers that show another certificate than this one, or may know others of whom they trust, which nothing
   * shows; and were not told a moment ago.
   */
  async due(
    servers: ReadonlyMap<string, Address>,
    wanted: Buffer | undefined,
    keys: ConnectionOptions | undefined,
    unread?: UnreadKeys,
  ): Promise<string[]> {
    const stale = new Set(await this.certificates.stale(servers, wanted, keys));
    const since = unread?.since.getTime();
    this.unread = unread;
    if (wanted && !this.issued?.wanted.equals(wanted)) this.issued = { wanted, since };
    const older = new Set(unread?.pods.filter((pod) => this.told.get(pod) !== since));
    const now = this.now();
    return [...servers.keys()].filter((pod) => {
      const failed = this.failed.get(pod) ?? Number.NEGATIVE_INFINITY;
      return (stale.has(pod) || older.has(pod)) && now - failed >= this.pauseMs;
    });
  }

  /** Whether a server shows the certificate now, after it was told to read its keys anew. */
  async took(pod: string, address: Address, wanted: Buffer, keys: ConnectionOptions): Promise<boolean> {
    const renewed = await this.certificates.shows(pod, address, wanted, keys);
    if (!renewed) this.gaveUp(pod);
    else {
      this.failed.delete(pod);
      // A certificate alone comes with those whom it trusts, and may be older than the last change of these.
      const all = this.unread?.pods.includes(pod);
      this.told.set(pod, all ? this.unread?.since.getTime() : this.issued?.since);
    }
    return renewed;
  }

  /** Notes that a server did not take its new certificate: it must not hold up everything else. */
  gaveUp(pod: string): void {
    this.failed.set(pod, this.now());
  }
}
