import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScramMechanism } from '../wire/types';
import type { UserFacts } from './provision-users';

/** Where the Secrets of users are mounted, one directory each. */
export const USERS_DIRECTORY = '/secrets/users';

/** Logs a user in; undefined when no server answered that could tell whether the password is right. */
export type TryPassword = (
  user: string,
  mechanism: ScramMechanism,
  password: string,
) => Promise<boolean | undefined>;

/** Time after which no more passwords are tried in one look, so that many users do not hold it up. */
const BUDGET_MS = 2_000;
const AT_ONCE = 8;

/**
 * Passwords of users: what the Secrets say, and whether the cluster has the same. Kafka tells nobody what it has, so each
 * is tried once, and again when its Secret has changed.
 */
export class Passwords {
  /** By user: as last read. */
  private read: ReadonlyMap<string, string> = new Map();
  /** By user and mechanism: the password that was tried or set, as a digest, and whether the cluster has it. */
  private readonly known = new Map<string, { readonly digest: string; readonly right: boolean }>();

  constructor(
    private readonly tryPassword: TryPassword,
    private readonly directory: string = USERS_DIRECTORY,
  ) {}

  /** Passwords of the Secrets that are there, by user. */
  get current(): ReadonlyMap<string, string> {
    return this.read;
  }

  readonly right: UserFacts['right'] = (user, mechanism) => {
    const known = this.known.get(key(user, mechanism));
    return known && known.digest === this.digest(user) ? known.right : undefined;
  };

  /** Reads the Secrets anew; the kubelet replaces the files of a Secret as it changes. */
  async readAll(users: readonly string[]): Promise<void> {
    const found = await Promise.all(
      users.map(async (user): Promise<[string, string][]> => {
        const password = await this.readOne(user);
        return password ? [[user, password]] : [];
      }),
    );
    this.read = new Map(found.flat());
  }

  /** Tries those whose password in the cluster is not known to be right or wrong. */
  async tryAll(pairs: readonly (readonly [user: string, mechanism: ScramMechanism])[]): Promise<void> {
    const untried = pairs.filter(
      ([user, mechanism]) => this.read.has(user) && this.right(user, mechanism) === undefined,
    );
    const until = performance.now() + BUDGET_MS;
    for (let at = 0; at < untried.length && performance.now() < until; at += AT_ONCE) {
      await Promise.all(untried.slice(at, at + AT_ONCE).map((pair) => this.tryOne(...pair)));
    }
  }

  /** Notes that a password was set. */
  wasSet(user: string, mechanism: ScramMechanism): void {
    this.note(user, mechanism, true);
  }

  private async tryOne(user: string, mechanism: ScramMechanism): Promise<void> {
    const password = this.read.get(user) ?? '';
    // What cannot be tried is set: to set what is there already does no harm, to leave a wrong one would.
    const right = await this.tryPassword(user, mechanism, password).catch(() => undefined);
    this.note(user, mechanism, right ?? false);
  }

  private note(user: string, mechanism: ScramMechanism, right: boolean): void {
    this.known.set(key(user, mechanism), { digest: this.digest(user), right });
  }

  private digest(user: string): string {
    return createHash('sha256')
      .update(this.read.get(user) ?? '')
      .digest('base64');
  }

  private async readOne(user: string): Promise<string | undefined> {
    try {
      const text = await readFile(join(this.directory, user, 'password'), 'utf8');
      return text.replace(/\r?\n$/, '');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }
}

function key(user: string, mechanism: ScramMechanism): string {
  return `${user} ${mechanism}`;
}
