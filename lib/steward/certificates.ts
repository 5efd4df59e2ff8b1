import type { ConnectionOptions } from 'node:tls';
import type { Address } from './reach';
import { shownCertificate } from './shown-certificate';

/** Times in milliseconds. */
export interface CertificateTiming {
  /** How often a server that shows the right certificate is looked at. */
  readonly settled: number;
  /** How often one that does not. */
  readonly stale: number;
  /** How long a server may take to show it. */
  readonly probe: number;
}

const TIMING: CertificateTiming = { settled: 30_000, stale: 2_000, probe: 2_000 };

interface Seen {
  readonly at: number;
  /** The certificate that it should have shown then. */
  readonly wanted: Buffer;
  readonly stale: boolean;
}

/** Which servers, by what they are called, show another certificate than the one that is mounted. */
export class Certificates<Server> {
  private readonly seen = new Map<Server, Seen>();
  private readonly timing: CertificateTiming;

  constructor(
    timing: Partial<CertificateTiming> = {},
    private readonly now: () => number = () => performance.now(),
  ) {
    this.timing = { ...TIMING, ...timing };
  }

  /** Those of these servers whose certificate is another one; a server that shows none is not known to. */
  async stale(
    servers: ReadonlyMap<Server, Address>,
    wanted: Buffer | undefined,
    keys: ConnectionOptions | undefined,
  ): Promise<Server[]> {
    if (!wanted || !keys) return [];
    await Promise.all([...servers].map(([server, address]) => this.look(server, address, wanted, keys)));
    return [...servers.keys()].filter((server) => this.seen.get(server)?.stale);
  }

  /** Whether a server shows the certificate at this moment. */
  async shows(server: Server, address: Address, wanted: Buffer, keys: ConnectionOptions): Promise<boolean> {
    this.forget(server);
    await this.look(server, address, wanted, keys);
    return this.seen.get(server)?.stale === false;
  }

  /** Looks again the next time. */
  forget(server: Server): void {
    this.seen.delete(server);
  }

  private async look(
    server: Server,
    address: Address,
    wanted: Buffer,
    keys: ConnectionOptions,
  ): Promise<void> {
    const before = this.seen.get(server);
    const at = this.now();
    const every = before?.stale ? this.timing.stale : this.timing.settled;
    if (before?.wanted.equals(wanted) && at - before.at < every) return;
    const shown = await shownCertificate(address, keys, this.timing.probe);
    if (shown) this.seen.set(server, { at, wanted, stale: !shown.equals(wanted) });
    else this.seen.delete(server);
  }
}
