import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** Secrets of users as the kubelet mounts them: files are links into a directory that is swapped as a whole. */
export class SecretsDirectory {
  readonly path = fs.mkdtempSync(path.join(os.tmpdir(), 'secrets-'));
  private generation = 0;

  put(user: string, password: string): void {
    const mount = path.join(this.path, user);
    const generation = `..${++this.generation}`;
    fs.mkdirSync(path.join(mount, generation), { recursive: true });
    fs.writeFileSync(path.join(mount, generation, 'password'), password);
    fs.symlinkSync(generation, path.join(mount, '..data_tmp'));
    fs.renameSync(path.join(mount, '..data_tmp'), path.join(mount, '..data'));
    if (!fs.existsSync(path.join(mount, 'password'))) {
      fs.symlinkSync(path.join('..data', 'password'), path.join(mount, 'password'));
    }
  }

  /** The Secret is gone; what is mounted instead is an empty directory. */
  remove(user: string): void {
    fs.rmSync(path.join(this.path, user), { recursive: true, force: true });
    fs.mkdirSync(path.join(this.path, user));
  }

  close(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}
