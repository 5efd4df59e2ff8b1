import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Why no certificates can be made here, undefined when they can. */
export const opensslMissing: string | undefined =
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is missing';

const FRESH = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

const DAY_MS = 86_400_000;
const BOOKS = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = any
rand_serial = yes
[any]
commonName = optional
`;

/** PEM files of a certificate. */
export interface KeyFiles {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  /** Key and certificate in one file. */
  readonly combined: string;
}

/**
 * An authority of its own, and certificates by it, as cert-manager keeps them in a Secret: `tls.crt`, `tls.key`, `ca.crt` and
 * `tls-combined.pem` of a directory.
 */
export class Authority {
  constructor(private readonly dir: string) {
    fs.mkdirSync(dir, { recursive: true });
    this.run('req', '-x509', ...FRESH, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=authority');
  }

  /**
   * Issues a certificate for loopback, and these hosts, into a directory, in place of what is there; name '': without one.
   * `until` is when it runs out, in a month if that is not said.
   */
  issue(directory: string, name = 'localhost', hosts: readonly string[] = [], until?: Date): KeyFiles {
    const subject = name ? `/CN=${name}` : '/';
    this.run('req', ...FRESH, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', subject);
    const names = ['localhost', ...hosts].map((host) => `DNS:${host}`).join(',');
    fs.writeFileSync(path.join(this.dir, 'names'), `subjectAltName=${names},IP:127.0.0.1\n`);
    const files = ['-in', 'tls.csr', '-out', 'tls.crt', '-extfile', 'names'];
    if (until) this.sign(files, until);
    else this.run('x509', '-req', ...files, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial');
    const read = (file: string) => fs.readFileSync(path.join(this.dir, file), 'utf8');
    fs.mkdirSync(directory, { recursive: true });
    const write = (file: string, text: string) => {
      // As a mounted Secret: the file is another one.
      fs.writeFileSync(path.join(directory, `${file}.new`), text);
      fs.renameSync(path.join(directory, `${file}.new`), path.join(directory, file));
    };
    write('ca.crt', read('ca.crt'));
    write('tls.key', read('tls.key'));
    write('tls-combined.pem', read('tls.key') + read('tls.crt'));
    write('tls.crt', read('tls.crt'));
    const file = (each: string) => path.join(directory, each);
    return {
      key: file('tls.key'),
      cert: file('tls.crt'),
      ca: file('ca.crt'),
      combined: file('tls-combined.pem'),
    };
  }

  /** Issues a certificate with this common name into a directory of that name. */
  issueTo(name: string): KeyFiles {
    return this.issue(path.join(this.dir, name), name);
  }

  /** Only `openssl ca`, which keeps books, can be told the minute. */
  private sign(files: readonly string[], until: Date): void {
    const [config, books] = ['ca.conf', 'index.txt'].map((name) => path.join(this.dir, name));
    fs.writeFileSync(config, BOOKS);
    fs.writeFileSync(books, '');
    const utc = (date: Date) => `${date.toISOString().replace(/[-:T]|\..*/g, '')}Z`;
    const dates = [
      '-startdate',
      utc(new Date(Math.min(Date.now(), until.getTime()) - DAY_MS)),
      '-enddate',
      utc(until),
    ];
    const by = ['-cert', 'ca.crt', '-keyfile', 'ca.key', '-notext', '-batch'];
    this.run('ca', '-config', 'ca.conf', ...files, ...by, ...dates);
  }

  private run(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' });
  }
}
