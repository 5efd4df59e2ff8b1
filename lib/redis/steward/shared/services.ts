import type { Address } from '../../../steward/reach';
import { few } from '../../../steward/words';
import { RedisError } from '../../wire/errors';
import { pairs } from '../../wire/reply';
import type { Redis } from '../../wire/types';
import type { Services } from '../facts';
import type { RedisStewardSettings } from '../settings';
import type { RedisKeys } from './keys';
import type { UnreadKeys } from './members';
import { Renewals } from './renewals';
import {
  carryOut,
  changesOn,
  inWords,
  isOfLibrary,
  learn,
  type ServerChange,
  type WantedOnServers,
  wantedOnServers,
} from './server-changes';

/** What the services are told. */
export type ServiceSettings = Pick<RedisStewardSettings, 'live' | 'users'>;

/** Servers that serve, by their pods. */
export type ServingServers = ReadonlyMap<string, Redis>;

/** What a server was told to, with where. */
interface PodChange {
  readonly pod: string;
  readonly change: ServerChange;
}

/** What there is to be done, and what nobody can do now. */
interface Findings {
  readonly changes: readonly PodChange[];
  readonly waits: readonly string[];
}

/** How long a change is not tried again after it failed, or was made and cannot be seen; in milliseconds. */
const PAUSE_MS = 20_000;
/** How many things are named in a sentence. */
const NAMED = 5;
const TLS_KEYS = ['tls-cert-file', 'tls-key-file', 'tls-ca-cert-file'] as const;

/** Users, live settings and certificates of all servers of a deployment. */
export class RedisServices {
  /** Changes that were tried, by their words: when, and why that was not enough. */
  private readonly tried = new Map<string, { readonly at: number; readonly reason: string }>();
  private readonly learnt = { users: new Set<string>(), settings: new Set<string>() };
  /** Pods whose servers have yet to write down what was changed. */
  private readonly unsaved = { 'save-users': new Set<string>(), 'rewrite-config': new Set<string>() };

  constructor(
    private readonly settings: ServiceSettings,
    private readonly keys: RedisKeys,
    private readonly renewals: Renewals = new Renewals(),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * What is missing on servers, and which of them have yet to read their keys anew. A server that does not answer is left out.
   */
  async look(servers: ServingServers, unread?: UnreadKeys): Promise<Services> {
    const [{ changes, waits }, staleCertificates] = await Promise.all([
      this.find(servers, wantedOnServers(this.settings, this.keys)),
      this.stale(servers, unread),
    ]);
    const words = [...changes.map(told), ...waits];
    if (words.length === 0) return { staleCertificates };
    const tried = changes.map((change) => this.triedLately(change));
    if (tried.some((each) => each === undefined)) return { unprovisioned: listed(words), staleCertificates };
    const reasons = changes.map((change, at) => `${told(change)}: ${tried[at]?.reason}`);
    return {
      unprovisioned: listed(words),
      provisionFailed: listed([...reasons, ...waits]),
      staleCertificates,
    };
  }

  /**
   * Does what can be done now: users on all servers first, then settings, the password of replication among them, which
   * each of them must know by then. What fails keeps nothing else from being done.
   *
   * @throws an error that names everything that failed
   */
  async provision(servers: ServingServers): Promise<void> {
    const wanted = wantedOnServers(this.settings, this.keys);
    const { changes } = await this.find(servers, wanted);
    const due = changes.filter((change) => !this.triedLately(change));
    const isOfUsers = ({ change: { change } }: PodChange) =>
      change.endsWith('-user') || change === 'save-users';
    const users = await this.attempt(servers, wanted, due.filter(isOfUsers), 'save-users');
    const unready = users.failed.some(({ change }) => isOfLibrary(change));
    const others = due.filter(
      (each) =>
        !isOfUsers(each) && !(unready && each.change.change === 'set' && each.change.key === 'masterauth'),
    );
    const settings = await this.attempt(servers, wanted, others, 'rewrite-config');
    const failures = [...users.failed, ...settings.failed];
    if (failures.length > 0) {
      throw new Error(failures.map((each) => `${told(each)}: ${each.reason}`).join('; '));
    }
  }

  /**
   * Has a server read its keys anew, from where it has them.
   * @throws Error where it refuses, or shows the older certificate still
   */
  async reloadCertificate(pod: string, redis: Redis, address: Address): Promise<void> {
    const { tls } = this.keys.transport();
    const wanted = this.keys.certificate();
    if (!tls || !wanted) throw new Error(`${pod} has no certificate: there is no TLS`);
    try {
      const files = pairs(await redis.command('CONFIG', 'GET', ...TLS_KEYS));
      const words = TLS_KEYS.flatMap((key) => (files.get(key) ? [key, files.get(key) as string] : []));
      await redis.command('CONFIG', 'SET', ...words);
    } catch (error) {
      this.renewals.gaveUp(pod);
      throw error;
    }
    if (await this.renewals.took(pod, address, wanted, tls)) return;
    throw new Error(
      `${pod} shows the older certificate still: its files may be older than those of the steward`,
    );
  }

  private async stale(servers: ServingServers, unread: UnreadKeys | undefined): Promise<string[]> {
    const addresses = new Map([...servers].map(([pod, { address }]) => [pod, address]));
    return this.renewals.due(addresses, this.keys.certificate(), this.keys.transport().tls, unread);
  }

  private async find(servers: ServingServers, wanted: WantedOnServers): Promise<Findings> {
    const found = await Promise.all(
      [...servers].map(async ([pod, redis]): Promise<Findings> => {
        try {
          const changes = [...(await changesOn(redis, wanted, this.learnt)), ...this.unsavedOn(pod)];
          return { changes: changes.map((change) => ({ pod, change })), waits: [] };
        } catch (error) {
          // What becomes of a server that does not answer is not for here.
          if (!(error instanceof RedisError)) return { changes: [], waits: [] };
          return { changes: [], waits: [`cannot look at ${pod}: ${error.message}`] };
        }
      }),
    );
    const changes = found.flatMap((each) => each.changes);
    const open = new Set(changes.map(told));
    for (const words of this.tried.keys()) if (!open.has(words)) this.tried.delete(words);
    return { changes, waits: [...wanted.waits, ...found.flatMap((each) => each.waits)] };
  }

  private unsavedOn(pod: string): ServerChange[] {
    const { unsaved } = this;
    return (['save-users', 'rewrite-config'] as const)
      .filter((change) => unsaved[change].has(pod))
      .map((change) => ({ change }));
  }

  /** Carries changes out on all servers at once, and has each write down what it was told. */
  private async attempt(
    servers: ServingServers,
    wanted: WantedOnServers,
    changes: readonly PodChange[],
    save: 'save-users' | 'rewrite-config',
  ): Promise<{ readonly failed: readonly (PodChange & { readonly reason: string })[] }> {
    const pods = [...new Set(changes.map(({ pod }) => pod))];
    const failed = await Promise.all(
      pods.map(async (pod) => {
        const redis = servers.get(pod) as Redis;
        const own = changes.filter((each) => each.pod === pod && each.change.change !== save);
        const failures: (PodChange & { reason: string })[] = [];
        const done: ServerChange[] = [];
        for (const each of own) {
          const reason = await this.attemptOne(redis, each);
          if (reason === undefined) done.push(each.change);
          else failures.push({ ...each, reason });
        }
        if (done.length > 0) {
          this.unsaved[save].add(pod);
          await this.learnFrom(redis, wanted, done);
        }
        if (this.unsaved[save].has(pod)) {
          const each = { pod, change: { change: save } };
          const reason = await this.attemptOne(redis, each);
          if (reason === undefined) this.unsaved[save].delete(pod);
          else failures.push({ ...each, reason });
        }
        return failures;
      }),
    );
    return { failed: failed.flat() };
  }

  /** Gives the reason when a change fails. */
  private async attemptOne(redis: Redis, each: PodChange): Promise<string | undefined> {
    let reason: string | undefined;
    try {
      await carryOut(redis, each.change);
    } catch (error) {
      reason = (error as Error).message;
    }
    this.tried.set(told(each), { at: this.now(), reason: reason ?? 'that was done, and cannot be seen' });
    return reason;
  }

  private async learnFrom(
    redis: Redis,
    wanted: WantedOnServers,
    done: readonly ServerChange[],
  ): Promise<void> {
    try {
      const learnt = await learn(redis, wanted, done);
      for (const form of learnt.users) this.learnt.users.add(form);
      for (const form of learnt.settings) this.learnt.settings.add(form);
    } catch {
      // Then it is told once more, and learnt then.
    }
  }

  private triedLately(change: PodChange): { readonly reason: string } | undefined {
    const tried = this.tried.get(told(change));
    return tried && this.now() - tried.at < PAUSE_MS ? tried : undefined;
  }
}

function told({ pod, change }: PodChange): string {
  return `${inWords(change)} on ${pod}`;
}

const listed = (items: readonly string[]): string => few(items, '; ', NAMED);
