import * as fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tls from 'node:tls';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { certificatesIn } from '../../lib/steward/authorities';
import { Certificates } from '../../lib/steward/certificates';
import type { Address } from '../../lib/steward/reach';
import { Authority, opensslMissing } from '../support/certificates';

const NOWHERE: Address = { host: '127.0.0.1', port: 1 };

describe.skipIf(opensslMissing)(
  `certificates of servers${opensslMissing ? ` (skipped: ${opensslMissing})` : ''}`,
  () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'steward-certificates-'));
    afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
    const authority = new Authority(path.join(root, 'authority'));

    /** Keys that are mounted anew, with the certificate among them in DER. */
    const renew = () => {
      const { cert, key, ca } = authority.issue(path.join(root, 'tls'));
      const read = (file: string) => fs.readFileSync(file, 'utf8');
      const keys = { cert: read(cert), key: read(key), ca: read(ca) };
      return { keys, wanted: certificatesIn(keys.cert)[0].raw };
    };
    let old: ReturnType<typeof renew>;
    let server: tls.Server;
    let address: Address;

    beforeEach(async () => {
      old = renew();
      server = tls.createServer({ ...old.keys, requestCert: true });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
      return () => server.close();
    });

    it('are compared with what servers show', async () => {
      let now = 0;
      let { keys, wanted } = old;
      const certificates = new Certificates<number>({ probe: 1_000 }, () => now);
      const servers = new Map([
        [1, address],
        [2, NOWHERE],
      ]);
      const stale = () => certificates.stale(servers, wanted, keys);
      expect(await stale()).toEqual([]);
      ({ keys, wanted } = renew());
      expect(await stale()).toEqual([1]);
      server.setSecureContext(keys);
      // Not asked again at once, unless something was done about it.
      expect(await stale()).toEqual([1]);
      certificates.forget(1);
      expect(await stale()).toEqual([]);
      server.setSecureContext(old.keys);
      expect(await stale()).toEqual([]);
      now = 30_000;
      expect(await stale()).toEqual([1]);
    });

    it('are looked at anew where it counts what is shown at this moment', async () => {
      const certificates = new Certificates<string>({ probe: 1_000 }, () => 0);
      const { keys, wanted } = renew();
      const shows = (at: Address) => certificates.shows('one', at, wanted, keys);
      expect(await shows(address)).toBe(false);
      server.setSecureContext(keys);
      expect(await shows(address)).toBe(true);
      expect(await certificates.stale(new Map([['one', address]]), wanted, keys)).toEqual([]);
      expect(await shows(NOWHERE)).toBe(false);
    });

    it('are not compared where there are none', async () => {
      const certificates = new Certificates<number>({ probe: 1_000 });
      expect(await certificates.stale(new Map([[1, address]]), undefined, undefined)).toEqual([]);
    });
  },
);
