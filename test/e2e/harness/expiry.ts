import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chart } from 'cdk8s';
import type { EnvironmentProps } from '../../../lib';
import { Authority } from '../../support/certificates';
import { deletePod } from '../faults/pods';
import type { Numbers } from '../witness/witness';
import { type CertificateSpec, ownSecrets, renderedCertificates } from './authority';
import type { Manifest } from './cluster';
import { type KeyedSubject, WITNESS_KEYS } from './exchange';
import type { Run } from './run';
import { SECOND, sleep } from './wait';

const FILES = ['tls.crt', 'tls.key', 'ca.crt', 'tls-combined.pem'] as const;
const MINUTE = 60 * SECOND;
/** Seconds in which everything goes on once there are other certificates. */
const MENDED = 600;

/** Secrets of a cluster, made by the case itself, with certificates that last as long as it wants. */
export class OwnKeys {
  private constructor(
    private readonly run: Run,
    private readonly authority: Authority,
    private readonly directory: string,
    /** Names of the certificate in each Secret. */
    private readonly names: ReadonlyMap<string, CertificateSpec>,
  ) {}

  /** `build` renders the cluster with an issuer, so that the names in its certificates are known. */
  static async prepare(run: Run, build: (chart: Chart) => void): Promise<OwnKeys> {
    const directory = mkdtempSync(join(tmpdir(), 'e2e-keys-'));
    run.onEnd(async () => rmSync(directory, { recursive: true, force: true }));
    await run.ensureNamespace();
    const authority = new Authority(join(directory, 'authority'));
    const keys = new OwnKeys(run, authority, directory, renderedCertificates(run, build));
    await keys.write(WITNESS_KEYS, { dnsNames: ['witness'] });
    return keys;
  }

  /** The Secrets are nobody's manifest. */
  get place(): Partial<EnvironmentProps> {
    return ownSecrets([...this.names.keys(), WITNESS_KEYS]);
  }

  /** Puts new certificates into the Secrets, which last until then. @default - a month */
  async put(until?: Date): Promise<void> {
    for (const [secret, names] of this.names) await this.write(secret, names, until);
  }

  private async write(
    name: string,
    { commonName = 'e2e', dnsNames }: CertificateSpec,
    until?: Date,
  ): Promise<void> {
    const directory = join(this.directory, name);
    this.authority.issue(directory, commonName, dnsNames, until);
    const data = Object.fromEntries(
      FILES.map((file) => [file, readFileSync(join(directory, file)).toString('base64')]),
    );
    const metadata = { name, namespace: this.run.namespace };
    await this.run.apply([{ apiVersion: 'v1', kind: 'Secret', metadata, data } as Manifest]);
  }
}

/** How a case loses them. */
export interface Expiry {
  /** After which they run out. */
  readonly minutes: number;
  /** Pod that is deleted then. */
  readonly victim: () => Promise<string>;
  /** What a person does once there are others. @default - nothing */
  readonly mend?: () => Promise<void>;
}

/** Nobody renews the certificates, and they run out; a server that starts then finds nobody. Later there are others. */
export async function expireCertificates(
  subject: KeyedSubject,
  keys: OwnKeys,
  { minutes, victim, mend }: Expiry,
): Promise<Numbers> {
  const { run } = subject;
  const until = new Date(Date.now() + minutes * MINUTE);
  await keys.put(until);
  await subject.form();
  const pod = await victim();
  if (Date.now() > until.getTime())
    return run.fail('it took so long to form that the certificates have run out');
  await sleep(until.getTime() - Date.now() + 10 * SECOND);
  await deletePod(run, pod);
  await sleep(MINUTE);
  await keys.put();
  await mend?.();
  await subject.settled(MENDED);
  return subject.finish();
}
