import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient } from '../api/etcd-client';
import { wantsLogin } from '../api/gateway';
import { EtcdError } from '../api/types';
import { verifySnapshot } from '../disk/snapshot-file';
import { Keys } from '../steward/keys';
import { nameOf } from './members';
import type { EtcdBackupFacts, EtcdRehearsalSettings } from './settings';

type Log = (line: Record<string, unknown>) => void;

/** Where Secrets are, and how long the member may take to serve. */
export interface CheckOptions {
  /** @default '/secrets' */
  readonly secrets?: string;
  /** @default 600000 */
  readonly timeoutMs?: number;
  /** Between tries. @default 1000 */
  readonly pauseMs?: number;
}

const ANSWER_MS = 300_000;
/** Passes as the member starts: it has no leader yet. Numbers of gRPC. */
const PASSING = [4, 14];
const REFUSED = /authentication failed/;

/**
 * Counts the keys of a member that was restored from a backup, and compares them with what was known when it was made.
 * @throws Error when it does not serve, or the number is another
 */
export async function runCheckRestore(log: Log, options: CheckOptions = {}): Promise<void> {
  const settings = JSON.parse(process.env.REHEARSAL ?? '{}') as EtcdRehearsalSettings;
  const { directory } = settings;
  const facts = JSON.parse(readFileSync(join(directory, 'snapshot.json'), 'utf8')) as EtcdBackupFacts;
  const found = await count(settings, options);
  const { name, keys, revision } = facts;
  if (found.keys !== keys) {
    throw new Error(
      `${name} has ${found.keys} keys once it is restored, and had ${keys} when it was made; do not rely on it`,
    );
  }
  if (found.revision !== undefined && found.revision < revision) {
    throw new Error(
      `${name} ends at revision ${found.revision} once it is restored, and had ${revision} when it was made; do not rely on it`,
    );
  }
  log({ rehearsal: 'passed', name, ...found });
}

interface Found {
  readonly keys: number;
  readonly revision?: number;
  readonly note?: string;
}

async function count(settings: EtcdRehearsalSettings, options: CheckOptions): Promise<Found> {
  const { member, authentication, directory } = settings;
  const { secrets, timeoutMs = 600_000, pauseMs = 1_000 } = options;
  const keys = new Keys(
    { tls: false, authentication: authentication ? { users: [], roles: {} } : undefined },
    secrets,
  );
  const client = new EtcdClient(member, { timeoutMs: ANSWER_MS }, () => keys.login());
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      const { revision } = await client.status();
      return { keys: Number(await client.countKeys()), revision: Number(revision) };
    } catch (error) {
      const why = (error as Error).message;
      if (wantsLogin(error) || REFUSED.test(why)) {
        // Its users are those of then, and their passwords may have changed since.
        const snapshot = await verifySnapshot(join(directory, 'snapshot.db'));
        const note = `the restored member serves, but not the user "root" of today (${why}): keys were counted in the file`;
        return { keys: snapshot.keys, note };
      }
      if (error instanceof EtcdError && !PASSING.includes(error.code)) throw error;
      if (Date.now() + pauseMs > deadline)
        throw new Error(`${nameOf(member)}, the restored member, does not serve: ${why}`);
    }
    await delay(pauseMs);
  }
}
