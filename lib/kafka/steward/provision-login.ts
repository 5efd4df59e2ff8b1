import type { ConnectionOptions } from 'node:tls';
import { tryLogin } from '../wire/kafka-admin';
import type { TryPassword } from './provision-passwords';
import type { KafkaStewardSettings } from './settings';

const TIMEOUT_MS = 2_000;
/** Brokers that are asked before it counts as unknown. */
const ASKED = 3;

/** Where passwords can be tried. */
export type LoginSettings = Pick<KafkaStewardSettings, 'brokers' | 'scram'>;

/**
 * Tries passwords at the listeners of the brokers that take SCRAM, one broker after the other until one answers.
 *
 * @param tls keys and authority as they are now
 */
export function tryAtBrokers(
  { brokers, scram }: LoginSettings,
  tls: () => ConnectionOptions | undefined,
  attempt: typeof tryLogin = tryLogin,
): TryPassword {
  let answered: string | undefined;
  return async (username, mechanism, password) => {
    const listener = scram.find((each) => each.mechanism === mechanism);
    if (!listener) return undefined;
    const hosts = brokers
      .map(({ host }) => host)
      .sort((a, b) => Number(b === answered) - Number(a === answered));
    for (const host of hosts.slice(0, ASKED)) {
      const transport = {
        tls: listener.tls ? tls() : undefined,
        login: { mechanism, username, password },
        timeoutMs: TIMEOUT_MS,
      };
      try {
        const right = await attempt({ host, port: listener.port }, transport);
        answered = host;
        return right;
      } catch {
        // It may be away, or not take this mechanism yet.
      }
    }
    return undefined;
  };
}
