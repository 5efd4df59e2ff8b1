import type { Chart } from 'cdk8s';
import type { EnvironmentProps } from '../../../lib';
import { podNames } from '../faults/pods';
import type { Numbers } from '../witness/witness';
import { addAuthority, certManager, ISSUER, ownSecrets, privateKey, renderedCertificates } from './authority';
import type { Manifest } from './cluster';
import { Departures } from './departures';
import type { Run } from './run';
import { missing, SECOND, sleep } from './wait';

const AUTHORITIES = ['old', 'new'] as const;
type AuthorityName = (typeof AUTHORITIES)[number];

/** Secret with the keys of the witness, which trusts both authorities all the time, as all clients must before the exchange. */
export const WITNESS_KEYS = 'witness-keys';

/** Seconds in which the kubelets bring a Secret to all pods. */
const BROUGHT = 120;
/** Seconds in which the steward sees a Secret and has restarted everybody. */
const RESTARTED = 600;

/** A cluster whose keys the case makes. */
export interface KeyedSubject {
  readonly run: Run;
  /** Applies the cluster with Secrets of its own, and waits until it serves and the witness writes. */
  form(): Promise<unknown>;
  settled(deadlineSeconds?: number): Promise<void>;
  finish(): Promise<Numbers>;
}

/** Who takes new keys how. */
export interface Taking {
  /** Pods that are restarted for what they trust. */
  readonly restarted: string;
  /** Whether they are for their certificate, too. @default false */
  readonly forCertificate?: boolean;
  /** Waits until those have it that are not restarted, after a change at this time. */
  readonly told?: (since: Date) => Promise<void>;
}

/** Secrets of a cluster whose authority is exchanged, made by the case itself of what two authorities have issued. */
export class Exchange {
  private constructor(
    private readonly run: Run,
    private readonly secrets: readonly string[],
  ) {}

  /** `build` renders the cluster with `ISSUER`, so that the names in its certificates are known. */
  static async prepare(run: Run, build: (chart: Chart) => void): Promise<Exchange> {
    const client = { dnsNames: ['witness'], usages: ['digital signature', 'client auth'], privateKey };
    const specs = renderedCertificates(run, build).set(WITNESS_KEYS, client);
    await run.deploy(run.namespace, (chart) => {
      for (const authority of AUTHORITIES) {
        addAuthority(chart, authority);
        for (const [secret, spec] of specs) {
          const secretName = issuedName(secret, authority);
          const issuerRef = { kind: ISSUER.kind, name: authority };
          certManager(chart, 'Certificate', secretName, { ...spec, secretName, issuerRef });
        }
      }
    });
    const exchange = new Exchange(run, [...specs.keys()]);
    const issued = AUTHORITIES.flatMap((authority) =>
      [...specs.keys()].map((each) => issuedName(each, authority)),
    );
    await run.waitFor('all certificates', 90, async () => {
      for (const name of [...AUTHORITIES, ...issued]) if (!(await exchange.read(name))) missing(name);
    });
    return exchange;
  }

  /** The Secrets are nobody's manifest. */
  get place(): Partial<EnvironmentProps> {
    return ownSecrets(this.secrets);
  }

  /** Puts certificates of one authority into the Secrets, with those whom they trust. */
  async put(of: AuthorityName, trusted: readonly AuthorityName[]): Promise<void> {
    for (const name of this.secrets) {
      const keys = await this.read(issuedName(name, of));
      const trusts = name === WITNESS_KEYS ? AUTHORITIES : trusted;
      const pems = await Promise.all(trusts.map(async (each) => (await this.read(each))?.['tls.crt'] ?? ''));
      const ca = Buffer.concat(pems.map((pem) => Buffer.from(pem, 'base64'))).toString('base64');
      const metadata = { name, namespace: this.run.namespace };
      const data = { ...keys, 'ca.crt': ca };
      await this.run.apply([{ apiVersion: 'v1', kind: 'Secret', metadata, data } as Manifest]);
    }
  }

  private async read(name: string): Promise<Record<string, string> | undefined> {
    const metadata = { name, namespace: this.run.namespace };
    return (await this.run.cluster.read({ apiVersion: 'v1', kind: 'Secret', metadata }))?.data;
  }
}

/**
 * The authority is exchanged as the guides say, for one that was made before the cluster: both are trusted, then certificates
 * are of the new one, then the old one is trusted no more.
 */
export async function exchangeAuthority(
  subject: KeyedSubject,
  exchange: Exchange,
  taking: Taking,
): Promise<Numbers> {
  const { run } = subject;
  await exchange.put('old', ['old']);
  await subject.form();
  const departures = await Departures.watch(run, taking.restarted);
  const step = async (of: AuthorityName, trusted: readonly AuthorityName[], restarts: boolean) => {
    const since = new Date();
    const [first, pods] = [departures.all.length, await podNames(run, taking.restarted)];
    await exchange.put(of, trusted);
    if (restarts) {
      await run.waitFor(`a restart of everybody, trusting ${trusted}`, RESTARTED, async () => {
        const gone = new Set(departures.all.slice(first).map(({ pod }) => pod));
        const late = pods.filter((pod) => !gone.has(pod));
        if (late.length > 0) missing(`${late} run as before`);
      });
    } else await sleep(BROUGHT * SECOND);
    await taking.told?.(since);
    await subject.settled(RESTARTED);
    if (departures.all.length > first + (restarts ? pods.length : 0))
      await run.fail(
        `more were restarted than had to be: ${departures.all.slice(first).map(({ pod }) => pod)}`,
      );
  };
  await step('old', ['old', 'new'], true);
  await step('new', ['old', 'new'], taking.forCertificate ?? false);
  await step('new', ['new'], true);
  const numbers = await subject.finish();
  departures.stop();
  if (departures.overlapping.length > 0) return run.fail(departures.overlapping.join('; '));
  return numbers;
}

const issuedName = (secret: string, authority: AuthorityName): string => `${secret}-by-${authority}`;
