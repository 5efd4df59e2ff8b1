import type { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { certificatesIn } from '../../steward/authorities';
import { MountedFiles } from '../../steward/mounted-files';
import { readTls, tlsFiles } from '../../steward/tls-secret';
import type { Login, Transport } from '../api/types';
import type { EtcdStewardSettings } from './settings';

/** How long one request may take, in milliseconds. */
const REQUEST_MS = 5_000;
const LOGIN_FILES = ['username', 'password'] as const;

/** What is mounted, as it was when it was read. */
interface Mounted {
  readonly transport: Transport;
  readonly login?: Login;
  /** What servers trust. */
  readonly authorities: readonly X509Certificate[];
}

/** Keys and login by which members are talked to. Kubernetes changes the files when they are renewed. */
export class Keys {
  private readonly mounted = new MountedFiles(
    () => this.files(),
    () => this.load(),
  );

  constructor(
    private readonly settings: Pick<EtcdStewardSettings, 'tls' | 'authentication'>,
    private readonly secrets: string = '/secrets',
    private readonly timeoutMs: number = REQUEST_MS,
  ) {}

  /** How members are talked to now: the same object until something changes. */
  transport(): Transport {
    return this.mounted.read().transport;
  }

  /** Who asks; nobody where there is no authentication. */
  login(): Login | undefined {
    return this.mounted.read().login;
  }

  /** What servers trust. They read their own certificate again with each connection, and the authority only when they start. */
  authorities(): readonly X509Certificate[] {
    return this.mounted.read().authorities;
  }

  private load(): Mounted {
    const { settings, timeoutMs } = this;
    const [username, password] = settings.authentication
      ? LOGIN_FILES.map((name) => this.read('root', name))
      : [];
    const login = settings.authentication && { username, password };
    const authorities = this.authorityFiles.flatMap((file) => certificatesIn(readFileSync(file, 'utf8')));
    if (!settings.tls) return { transport: { timeoutMs }, login, authorities };
    return { transport: { tls: readTls(`${this.secrets}/tls`), timeoutMs }, login, authorities };
  }

  private files(): string[] {
    const { tls, authentication } = this.settings;
    return [
      ...(tls ? tlsFiles(`${this.secrets}/tls`) : []),
      ...(authentication ? LOGIN_FILES.map((name) => this.path('root', name)) : []),
      ...this.authorityFiles,
    ];
  }

  /** Members may have an authority of their own among themselves, which is mounted where that is so. */
  private get authorityFiles(): string[] {
    return ['tls', 'peer'].map((secret) => this.path(secret, 'ca.crt')).filter((file) => existsSync(file));
  }

  private read(secret: string, name: string): string {
    return readFileSync(this.path(secret, name), 'utf8');
  }

  private path(secret: string, name: string): string {
    return `${this.secrets}/${secret}/${name}`;
  }
}
