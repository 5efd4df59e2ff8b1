import { readFileSync } from 'node:fs';
import { MountedFiles } from '../../steward/mounted-files';
import { type NamedUser, ROOT, type WantedAccess } from './provision-plan';
import type { WantedAuthentication } from './settings';

/** Where Secrets are mounted: `root/password`, and `users/<directory>/username` and `password`. */
export const SECRETS = '/secrets';

/** What is wanted, with names and passwords as the Secrets say; the same value until one of their files changes. */
export class WantedFromSecrets {
  private readonly files: MountedFiles<WantedAccess>;

  constructor(
    private readonly settings: WantedAuthentication,
    private readonly directory: string = SECRETS,
  ) {
    this.files = new MountedFiles(
      () => [this.rootPassword, ...settings.users.flatMap((user) => this.filesOf(user.directory))],
      () => this.load(),
    );
  }

  /** @throws Error where a Secret is not there, or two users have one name */
  read(): WantedAccess {
    try {
      return this.files.read();
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' || !path) throw error;
      throw new Error(`${path} is not there; it comes from a Secret`, { cause: error });
    }
  }

  private load(): WantedAccess {
    const root = { name: ROOT, password: textOf(this.rootPassword), roles: [ROOT] };
    const users = [root, ...this.settings.users.map((user) => this.named(user))];
    for (const [at, { name }] of users.entries()) {
      if (name === '') throw new Error('a user has no name; its Secret must say one');
      if (users.findIndex((other) => other.name === name) !== at)
        throw new Error(`there are two users called ${name}; give one of them another name`);
    }
    return { users, roles: this.settings.roles };
  }

  private named({ directory, name, roles }: WantedAuthentication['users'][number]): NamedUser {
    const [username, password] = this.filesOf(directory);
    if (username === undefined) return { name: name ?? '', roles };
    return { name: textOf(username), password: textOf(password), roles };
  }

  private get rootPassword(): string {
    return `${this.directory}/root/password`;
  }

  private filesOf(directory: string | undefined): string[] {
    if (directory === undefined) return [];
    return ['username', 'password'].map((file) => `${this.directory}/users/${directory}/${file}`);
  }
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}
