import { expect, it } from 'vitest';
import { tryAtBrokers } from '../../../lib/kafka/steward/provision-login';
import type { tryLogin } from '../../../lib/kafka/wire/kafka-admin';

const broker = (id: number) => ({
  id,
  set: `kafka-broker-${id}`,
  host: `kafka-broker-${id}`,
  port: 9091,
  leaving: false,
  rendered: '',
});
const settings = {
  brokers: [0, 1, 2, 3].map(broker),
  scram: [
    { port: 9092, tls: false, mechanism: 'SCRAM-SHA-256' },
    { port: 9094, tls: true, mechanism: 'SCRAM-SHA-512' },
  ],
};
const KEYS = { ca: 'authority' };

/** Tries with brokers of which some are away; tells who was asked, and how. */
function trying(...away: number[]) {
  const asked: unknown[] = [];
  const attempt: typeof tryLogin = async ({ host, port }, { tls, login }) => {
    asked.push([host, port, tls, login?.mechanism]);
    if (away.some((id) => host === `kafka-broker-${id}`)) throw new Error('away');
    return login?.password === 'right';
  };
  return { asked, tryPassword: tryAtBrokers(settings, () => KEYS, attempt) };
}

it('tries a password at a listener that takes its mechanism', async () => {
  const { asked, tryPassword } = trying();
  expect(await tryPassword('ann', 'SCRAM-SHA-256', 'right')).toBe(true);
  expect(await tryPassword('ann', 'SCRAM-SHA-512', 'wrong')).toBe(false);
  expect(asked).toEqual([
    ['kafka-broker-0', 9092, undefined, 'SCRAM-SHA-256'],
    ['kafka-broker-0', 9094, KEYS, 'SCRAM-SHA-512'],
  ]);
});

it('asks the next broker when one is away, and stays with who answered', async () => {
  const { asked, tryPassword } = trying(0, 1);
  expect(await tryPassword('ann', 'SCRAM-SHA-256', 'right')).toBe(true);
  expect(await tryPassword('bob', 'SCRAM-SHA-256', 'wrong')).toBe(false);
  expect(asked.map((each) => (each as [string])[0])).toEqual([
    'kafka-broker-0',
    'kafka-broker-1',
    'kafka-broker-2',
    'kafka-broker-2',
  ]);
});

it('does not know when nobody answers, nor without a listener', async () => {
  const { asked, tryPassword } = trying(0, 1, 2);
  expect(await tryPassword('ann', 'SCRAM-SHA-256', 'right')).toBeUndefined();
  expect(asked).toHaveLength(3);
  const none = tryAtBrokers({ ...settings, scram: [] }, () => undefined);
  expect(await none('ann', 'SCRAM-SHA-256', 'right')).toBeUndefined();
});
