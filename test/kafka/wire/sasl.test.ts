import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { authenticate, saltPassword } from '../../../lib/kafka/wire/sasl';
import type { Login } from '../../../lib/kafka/wire/types';

const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const LOGIN: Login = { mechanism: 'SCRAM-SHA-256', username: 'user', password: 'pencil' };
const refused = expect.objectContaining({ name: 'KafkaError', code: 'SASL_AUTHENTICATION_FAILED' });

/** A server that keeps the password of RFC 7677; `bend` changes what it says. */
async function serve(
  login: Login,
  bend: (said: string, step: number) => string = (said) => said,
): Promise<string[]> {
  const heard: string[] = [];
  const said: string[] = [];
  await authenticate(login, async (token) => {
    heard.push(token.toString());
    const [first, final] = heard.map((message) => message.replace('n,,', ''));
    if (!final) {
      said.push(bend(`r=${first.split('r=')[1]}of-server,s=${SALT.toString('base64')},i=4096`, 0));
    } else {
      const salted = await saltPassword('SCRAM-SHA-256', 'pencil', SALT, 4096);
      const key = createHmac('sha256', salted).update('Server Key').digest();
      const signed = [first, said[0], final.replace(/,p=.*/, '')].join(',');
      said.push(bend(`v=${createHmac('sha256', key).update(signed).digest('base64')}`, 1));
    }
    return Buffer.from(said[said.length - 1]);
  });
  return heard;
}

describe('sasl', () => {
  it('sends name and password of PLAIN', async () => {
    const sent: string[] = [];
    const login = { mechanism: 'PLAIN', username: 'é', password: 'a\\b' } as const;
    await authenticate(login, async (token) => {
      sent.push(token.toString());
      return Buffer.alloc(0);
    });
    expect(sent).toEqual(['\0é\0a\\b']);
  });

  // The example of https://datatracker.ietf.org/doc/html/rfc7677#section-3
  it('salts a password as RFC 7677 has it', async () => {
    const salted = await saltPassword('SCRAM-SHA-256', 'pencil', SALT, 4096);
    const key = createHmac('sha256', salted).update('Client Key').digest();
    const nonces = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    const signed = `n=user,r=rOprNGfwEbeRWgbNEkqO,${nonces},s=${SALT.toString('base64')},i=4096,c=biws,${nonces}`;
    const stored = createHash('sha256').update(key).digest();
    const signature = createHmac('sha256', stored).update(signed).digest();
    const proof = Buffer.from(key.map((byte, index) => byte ^ signature[index])).toString('base64');
    expect(proof).toBe('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=');
    expect(await saltPassword('SCRAM-SHA-512', 'pencil', SALT, 4096)).toHaveLength(64);
  });

  it('never says the password, and lets the server prove itself', async () => {
    const heard = await serve({ ...LOGIN, username: 'a=b,c' });
    expect(heard[0]).toMatch(/^n,,n=a=3Db=2Cc,r=/);
    expect(heard.join()).not.toContain('pencil');
    expect(heard).toHaveLength(2);
  });

  it.each([
    ['another nonce', (said: string, step: number) => (step === 0 ? said.replace('r=', 'r=x') : said)],
    [
      'a wrong signature',
      (said: string, step: number) => (step === 1 ? `v=${SALT.toString('base64')}` : said),
    ],
    ['nothing', () => ''],
    ['an error', (said: string, step: number) => (step === 1 ? 'e=invalid-proof' : said)],
  ])('takes no server that says %s', async (_, bend) => {
    await expect(serve(LOGIN, bend)).rejects.toEqual(refused);
  });
});
