import * as fs from 'node:fs';
import * as path from 'node:path';

/** A directory of mounted Secrets. */
export class Secrets {
  constructor(readonly directory: string) {}

  /** Puts passwords in place of those that are there, newest first: one, two, or none. */
  passwords(of: string, ...passwords: readonly string[]): void {
    const directory = path.join(this.directory, of);
    fs.rmSync(directory, { recursive: true, force: true });
    if (passwords.length === 0) return;
    fs.mkdirSync(directory, { recursive: true });
    ['password', 'previous-password'].forEach((name, at) => {
      if (passwords[at] !== undefined) fs.writeFileSync(path.join(directory, name), passwords[at]);
    });
  }
}
