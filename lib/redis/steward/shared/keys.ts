import type { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { certificatesIn } from '../../../steward/authorities';
import { MountedFiles } from '../../../steward/mounted-files';
import { readTls, tlsFiles } from '../../../steward/tls-secret';
import type { LibraryPasswords } from '../../gate/acl-file';
import type { Login, Transport } from '../../wire/types';
import type { RedisStewardSettings } from '../settings';

/** How long one command may take, in milliseconds. */
const COMMAND_MS = 5_000;
/** A password, and while it is new the one before, in the order in which they are tried. */
const PASSWORD_FILES = ['password', 'previous-password'] as const;

/** What is mounted, as it was when it was read. */
interface Mounted {
  /** As the user steward, by its password and by the one before. */
  readonly transports: readonly [Transport, ...Transport[]];
  readonly passwords: LibraryPasswords;
  /** Certificates of the servers and of what they trust. */
  readonly certificates: readonly X509Certificate[];
}

/** Keys and passwords by which servers are talked to. Kubernetes changes the files when they are renewed. */
export class RedisKeys {
  private readonly mounted = new MountedFiles(
    () => this.files(),
    () => this.load(),
  );

  constructor(
    private readonly settings: Pick<RedisStewardSettings, 'tls'>,
    private readonly secrets: string = '/secrets',
    private readonly timeoutMs: number = COMMAND_MS,
  ) {}

  /** How servers are talked to now, as the user steward: the same object until something changes. */
  transport(): Transport {
    return this.transports()[0];
  }

  /** That, and with the password before where it may still be the one that a server knows. */
  transports(): readonly [Transport, ...Transport[]] {
    return this.mounted.read().transports;
  }

  /** Passwords of the library's own users, newest first. */
  passwords(): LibraryPasswords {
    return this.mounted.read().passwords;
  }

  /** Passwords of a user that is not the library's, newest first; none where its Secret is not there. */
  userPasswords(user: string): readonly string[] {
    return passwordsIn(`${this.secrets}/users/${user}`);
  }

  /** The certificate that servers should show, in DER; undefined where they show none. */
  certificate(): Buffer | undefined {
    return this.mounted.read().certificates[0]?.raw;
  }

  /** All that is read at a start: the servers' certificate, those above it and what they trust; none without TLS. */
  certificates(): readonly X509Certificate[] {
    return this.mounted.read().certificates;
  }

  private load(): Mounted {
    const { secrets, timeoutMs } = this;
    const steward = passwordsIn(`${secrets}/steward`);
    const internal = passwordsIn(`${secrets}/internal`);
    if (steward.length === 0) throw new Error(`there is no password in ${secrets}/steward`);
    if (internal.length === 0) throw new Error(`there is no password in ${secrets}/internal`);
    const tls = this.settings.tls ? readTls(`${secrets}/tls`) : undefined;
    const transports = steward.map((password): Transport => {
      const login: Login = { username: 'steward', password };
      return { login, tls, timeoutMs };
    });
    return {
      transports: [transports[0], ...transports.slice(1)],
      passwords: { steward, internal },
      certificates: tls ? [tls.cert, tls.ca].flatMap(certificatesIn) : [],
    };
  }

  private files(): string[] {
    const { secrets } = this;
    return [
      ...(this.settings.tls ? tlsFiles(`${secrets}/tls`) : []),
      ...['steward', 'internal'].flatMap((secret) => passwordFiles(`${secrets}/${secret}`)),
    ];
  }
}

/** Files of passwords that are there, newest first. */
function passwordFiles(directory: string): string[] {
  return PASSWORD_FILES.map((name) => `${directory}/${name}`).filter((file) => existsSync(file));
}

/** Passwords of a directory, newest first, each without the line feed that an editor has left behind it. */
export function passwordsIn(directory: string): string[] {
  const found = passwordFiles(directory).map((file) => readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  return [...new Set(found.filter((password) => password !== ''))];
}
