import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Why no certificates can be made here, undefined when they can. */
export const opensslMissing: string | undefined =
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is missing';

const FRESH = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

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

  /** Issues a certificate for loopback, and these hosts, into a directory, in place of what is there; name '': without one. */
  issue(directory: string, name = 'localhost', hosts: readonly string[] = []): KeyFiles {
    const subject = name ? `/CN=${name}` : '/';
    this.run('req', ...FRESH, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', subject);
    const names = ['localhost', ...hosts].map((host) => `DNS:${host}`).join(',');
    fs.writeFileSync(path.join(this.dir, 'names'), `subjectAltName=${names},IP:127.0.0.1\n`);
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
    this.run('x509', '-req', '-in', 'tls.csr', '-out', 'tls.crt', ...signed);
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

  private run(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' });
  }
}
