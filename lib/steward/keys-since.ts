import { createHash, type X509Certificate } from 'node:crypto';
import { newestSince } from './authorities';

/** What is known of keys that are read at a start only. */
export interface KeysSince {
  /** Since when they are what they are; whoever was started before has read others. undefined where there are none. */
  readonly since?: Date;
  /** What is to be written down for the stewards that come after this one; undefined where that is written already. */
  readonly news?: string;
}

/**
 * Since when certificates are what they are. That they changed is seen by what was written down of them before, since a
 * certificate says when it was made, and not when it was handed out. As long as nothing is written down, since they are valid.
 */
export function keysSince(
  certificates: readonly Pick<X509Certificate, 'raw' | 'validFrom'>[],
  written: string | undefined,
  now: number = Date.now(),
): KeysSince {
  if (certificates.length === 0) return {};
  const digest = digestOf(certificates);
  const [, time, before] = /^since (\S+), ([0-9a-f]+)$/.exec(written ?? '') ?? [];
  if (before === digest) return { since: new Date(time) };
  const since = before ? new Date(now) : (newestSince(certificates, now) ?? new Date(0));
  return { since, news: `since ${since.toISOString()}, ${digest}` };
}

/** The same for the same certificates, in whichever order. */
function digestOf(certificates: readonly Pick<X509Certificate, 'raw'>[]): string {
  const all = certificates.map(({ raw }) => createHash('sha256').update(raw).digest('hex'));
  return createHash('sha256')
    .update([...new Set(all)].sort().join())
    .digest('hex');
}
