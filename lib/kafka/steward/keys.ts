import type { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { certificatesIn } from '../../steward/authorities';
import { MountedFiles } from '../../steward/mounted-files';
import { readTls, tlsFiles } from '../../steward/tls-secret';
import type { Transport } from '../wire/types';
import type { KafkaStewardSettings } from './settings';

/** How long one request may take, in milliseconds. */
const REQUEST_MS = 10_000;

/** What is mounted, as it was when it was read. */
interface Mounted {
  readonly transport: Transport;
  readonly tls?: ConnectionOptions;
  /** Certificates of the servers and of what they trust. */
  readonly certificates: readonly X509Certificate[];
}

/** Keys and login by which servers are talked to. Kubernetes changes the files when they are renewed. */
export class Keys {
  private readonly mounted = new MountedFiles(
    () => this.files(),
    () => this.load(),
  );

  constructor(
    private readonly kind: KafkaStewardSettings['transport'],
    private readonly secrets: string = '/secrets',
    private readonly timeoutMs: number = REQUEST_MS,
  ) {}

  /** How servers are talked to now: the same object until something changes. */
  transport(): Transport {
    return this.mounted.read().transport;
  }

  /** The certificate that servers should show one another, in DER; undefined where they show none. */
  certificate(): Buffer | undefined {
    return this.kind === 'tls' ? this.mounted.read().certificates[0]?.raw : undefined;
  }

  /** Keys and authority, where any listener speaks TLS. */
  tls(): ConnectionOptions | undefined {
    return this.mounted.read().tls;
  }

  /** All that servers read at their start: their certificate, those above it and what they trust; none without TLS. */
  certificates(): readonly X509Certificate[] {
    return this.mounted.read().certificates;
  }

  private load(): Mounted {
    const { timeoutMs } = this;
    const tls = this.hasTls ? readTls(`${this.secrets}/tls`) : undefined;
    const certificates = tls ? [tls.cert, tls.ca].flatMap(certificatesIn) : [];
    switch (this.kind) {
      case 'tls':
        return { transport: { tls, timeoutMs }, tls, certificates };
      case 'plain':
        return { transport: { timeoutMs }, tls, certificates };
      case 'sasl': {
        const [username, password] = ['username', 'password'].map((name) =>
          readFileSync(this.path('internal', name), 'utf8'),
        );
        const login = { mechanism: 'PLAIN' as const, username, password };
        return { transport: { login, timeoutMs }, tls, certificates };
      }
    }
  }

  /** Clients may have TLS where the servers among themselves do not. */
  private get hasTls(): boolean {
    return this.kind === 'tls' || existsSync(this.path('tls', 'tls.crt'));
  }

  private files(): string[] {
    return [
      ...(this.hasTls ? tlsFiles(`${this.secrets}/tls`) : []),
      ...(this.kind === 'sasl' ? ['username', 'password'].map((name) => this.path('internal', name)) : []),
    ];
  }

  private path(secret: 'tls' | 'internal', name: string): string {
    return `${this.secrets}/${secret}/${name}`;
  }
}
