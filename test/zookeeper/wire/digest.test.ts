import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../lib/zookeeper/wire/digest';
import { answerChallenge, isProof } from '../../../lib/zookeeper/wire/sasl';

describe('digestOf', () => {
  it('is what DigestAuthenticationProvider generates', () => {
    expect(digestOf('super', 'test')).toBe('super:D/InIHSb7yEEbrWz8b9l71RjZJU=');
  });
});

describe('sasl', () => {
  const challenge =
    'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8';
  const credentials = { username: 'chris', password: 'secret' };

  it('answers a challenge and knows the proof of the server', () => {
    const answer = answerChallenge(challenge, credentials, 'OA6MHXh6VqTrRk');
    expect(answer.token.toString()).toMatch(/^charset=utf-8,username="chris",realm="elwood.innosoft.com",/);
    expect(answer.token.toString()).toContain('digest-uri="zookeeper/zk-sasl-md5"');
    expect(isProof(answer, `rspauth=${answer.expected}`)).toBe(true);
    expect(isProof(answer, 'rspauth=ea40f60335c427b5527b84dbabcdfffd')).toBe(false);
    expect(isProof(answer, '')).toBe(false);
  });

  it('quotes what needs it', () => {
    const answer = answerChallenge(challenge, { username: 'a"b\\c', password: 'p' });
    expect(answer.token.toString()).toContain('username="a\\"b\\\\c"');
  });

  it.each([
    ['without nonce', 'realm="r"'],
    ['for encryption only', 'nonce="n",qop="auth-conf"'],
  ])('refuses a challenge %s', (_, text) => {
    expect(() => answerChallenge(text, credentials)).toThrow('AuthFailed');
  });
});
