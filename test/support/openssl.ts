import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Why no certificates can be made here, undefined when they can. */
export const opensslMissing: string | undefined =
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is missing';

/** PEM files of a certificate, as cert-manager makes them. */
export interface Keys {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  /** Key and certificate in one file. */
  readonly combined: string;
}

/** An authority that issues certificates for localhost, with its files in a directory. */
export class Authority {
  constructor(private readonly dir: string) {
    fs.mkdirSync(dir, { recursive: true });
    this.openssl('req', '-x509', ...NEW_KEY, '-subj', '/CN=authority', '-days', '2', ...OUT('ca'));
  }

  /** Issues a certificate with this common name; again for the same name, it replaces the files. */
  issue(name: string): Keys {
    this.openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    fs.writeFileSync(path.join(this.dir, 'extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
    this.openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-days', '2', '-out', `${name}.crt`);
    const file = (kind: string) => path.join(this.dir, `${name}.${kind}`);
    const read = (kind: string) => fs.readFileSync(file(kind), 'utf8');
    fs.writeFileSync(file('pem'), `${read('key')}${read('crt')}`);
    return { key: file('key'), cert: file('crt'), ca: path.join(this.dir, 'ca.crt'), combined: file('pem') };
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const OUT = (name: string) => ['-keyout', `${name}.key`, '-out', `${name}.crt`];
