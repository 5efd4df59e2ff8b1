import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** Secrets as the kubelet mounts them: files are links into a directory that is swapped as a whole. */
export class AccessSecrets {
  readonly path = fs.mkdtempSync(path.join(os.tmpdir(), 'etcd-secrets-'));
  private generation = 0;

  constructor(private root = 'root-password') {
    this.putRoot(root);
  }

  /** What the Secret of `root` says. */
  get rootPassword(): string {
    return this.root;
  }

  putRoot(password: string): void {
    this.root = password;
    this.mount('root', { username: 'root', password });
  }

  putUser(directory: string, username: string, password: string): void {
    this.mount(path.join('users', directory), { username, password });
  }

  close(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }

  private mount(directory: string, files: Record<string, string>): void {
    const at = path.join(this.path, directory);
    const generation = `..${++this.generation}`;
    fs.mkdirSync(path.join(at, generation), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      fs.writeFileSync(path.join(at, generation, name), text);
      if (!fs.existsSync(path.join(at, name))) fs.symlinkSync(path.join('..data', name), path.join(at, name));
    }
    fs.symlinkSync(generation, path.join(at, '..data_tmp'));
    fs.renameSync(path.join(at, '..data_tmp'), path.join(at, '..data'));
  }
}
