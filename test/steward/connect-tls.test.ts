import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectTls } from '../../lib/steward/connect-tls';
import { Authority, opensslMissing } from '../support/certificates';

const YESTERDAY = new Date(Date.now() - 86_400_000);
const read = (file: string) => fs.readFileSync(file, 'utf8');

/** What a client that trusts `ca` and then sends a password is told by a server with these keys; and what that has heard. */
async function meet(
  keys: { readonly key: string; readonly cert: string },
  ca: string,
  servername = 'localhost',
): Promise<{ readonly outcome: string; readonly heard: string }> {
  let heard = '';
  const server = tls.createServer({ key: keys.key, cert: keys.cert }, (socket) => {
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        heard += chunk;
        socket.end('welcome');
      });
  });
  server.on('tlsClientError', () => {});
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const socket = connectTls({ host: '127.0.0.1', port, servername, ca });
  const outcome = await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => socket.write('a password'));
    socket.on('error', (error) => resolve(error.message));
    socket.on('data', (chunk) => resolve(String(chunk)));
  });
  socket.destroy();
  return { outcome, heard };
}

describe.skipIf(opensslMissing)(`TLS${opensslMissing ? ` (skipped: ${opensslMissing})` : ''}`, () => {
  let authority: Authority;
  let other: Authority;
  let root: string;
  const issued = (by: Authority, until?: Date, hosts?: string[]) => {
    const { key, cert, ca } = by.issue(fs.mkdtempSync(path.join(root, 'keys-')), 'server', hosts, until);
    return { key: read(key), cert: read(cert), ca: read(ca) };
  };
  const refused = (outcome: unknown) => ({ outcome, heard: '' });
  const LET_IN = { outcome: 'welcome', heard: 'a password' };

  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'connect-tls-'));
    authority = new Authority(path.join(root, 'authority'));
    other = new Authority(path.join(root, 'other'));
  });
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

  it('lets in a server whose certificate is in order', async () => {
    const keys = issued(authority);
    expect(await meet(keys, keys.ca)).toEqual(LET_IN);
  });

  it('lets in one whose certificate has run out, by any name that it has', async () => {
    const keys = issued(authority, YESTERDAY, ['redis-0']);
    expect(await meet(keys, keys.ca)).toEqual(LET_IN);
    expect(await meet(keys, keys.ca, 'redis-0')).toEqual(LET_IN);
    expect(await meet(keys, issued(other).ca + keys.ca)).toEqual(LET_IN);
  });

  it('refuses one of another name before anything is sent, run out or not', async () => {
    const wrong = refused(expect.stringContaining("redis-1. is not in the cert's altnames"));
    for (const until of [undefined, YESTERDAY]) {
      const keys = issued(authority, until, ['redis-0']);
      expect(await meet(keys, keys.ca, 'redis-1')).toEqual(wrong);
    }
  });

  it('refuses one of another authority, of the same name though it be, run out or not', async () => {
    const { ca } = issued(authority);
    expect(await meet(issued(other), ca)).toEqual(
      refused('its certificate is refused: unable to verify leaf signature'),
    );
    expect((await meet(issued(other, YESTERDAY), ca)).heard).toBe('');
    expect((await meet(issued(other, YESTERDAY), ca)).outcome).not.toBe('welcome');
  });

  it('refuses one that anybody has signed who has a certificate of the authority', async () => {
    const keys = issued(authority, YESTERDAY);
    const forged = below(keys, fs.mkdtempSync(path.join(root, 'forged-')), false);
    expect((await meet(forged, keys.ca)).heard).toBe('');
  });

  it('lets in one whose certificate comes with those between it and the authority', async () => {
    const directory = fs.mkdtempSync(path.join(root, 'between-'));
    const { ca } = issued(authority);
    const between = { key: path.join(directory, 'ca.key'), cert: path.join(directory, 'ca.crt') };
    openssl(directory, 'req', ...FRESH, '-keyout', 'ca.key', '-out', 'ca.csr', '-subj', '/CN=between');
    fs.writeFileSync(path.join(directory, 'ca.ext'), 'basicConstraints=critical,CA:TRUE\n');
    const of = path.join(root, 'authority');
    const by = ['-CA', `${of}/ca.crt`, '-CAkey', `${of}/ca.key`, '-CAcreateserial', '-extfile', 'ca.ext'];
    openssl(directory, 'x509', '-req', '-in', 'ca.csr', '-out', 'ca.crt', ...by);
    expect(
      await meet(below({ key: read(between.key), cert: read(between.cert) }, directory, true), ca),
    ).toEqual(LET_IN);
  });
});

const FRESH = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function openssl(directory: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
}

/** A certificate for localhost that has run out and is signed with these keys, which come along. */
function below(by: { key: string; cert: string }, directory: string, mayIssue: boolean) {
  expect(mayIssue).toBe(
    /CA:TRUE/.test(execFileSync('openssl', ['x509', '-noout', '-text'], { input: by.cert }).toString()),
  );
  fs.writeFileSync(path.join(directory, 'by.key'), by.key);
  fs.writeFileSync(path.join(directory, 'by.crt'), by.cert);
  fs.writeFileSync(path.join(directory, 'names'), 'subjectAltName=DNS:localhost\n');
  openssl(directory, 'req', ...FRESH, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=server');
  const signed = ['-CA', 'by.crt', '-CAkey', 'by.key', '-CAcreateserial', '-extfile', 'names', '-days', '0'];
  openssl(directory, 'x509', '-req', '-in', 'leaf.csr', '-out', 'leaf.crt', ...signed);
  const [key, leaf] = ['leaf.key', 'leaf.crt'].map((name) => read(path.join(directory, name)));
  return { key, cert: leaf + by.cert };
}
