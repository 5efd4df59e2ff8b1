import * as crypto from 'node:crypto';
import { ZooKeeperError } from './errors';

/** What a client authenticates with over SASL. */
export interface SaslCredentials {
  readonly username: string;
  readonly password: string;
}

/** An answer to a DIGEST-MD5 challenge, and what the server must say to prove that it knows the password too. */
export interface SaslAnswer {
  readonly token: Buffer;
  readonly expected: string;
}

// Fixed on both sides by ZooKeeper: service name and what it passes off as a host, which is also the realm.
const REALM = 'zk-sasl-md5';
const DIGEST_URI = `zookeeper/${REALM}`;
const FIRST_USE = '00000001';

/** Proves to the server who the client is, and lets the server prove itself; `exchange` carries the tokens. */
export async function authenticate(
  credentials: SaslCredentials,
  exchange: (token: Buffer) => Promise<string>,
): Promise<void> {
  const challenge = await exchange(Buffer.alloc(0));
  if (!challenge) throw new ZooKeeperError('AuthFailed', 'sasl: the server is not set up for it');
  const answer = answerChallenge(challenge, credentials);
  if (!isProof(answer, await exchange(answer.token))) {
    throw new ZooKeeperError('AuthFailed', 'sasl: the server did not prove itself');
  }
}

/** Answers the first challenge of DIGEST-MD5 (RFC 2831), authentication only. */
export function answerChallenge(
  challenge: string,
  credentials: SaslCredentials,
  cnonce = crypto.randomBytes(24).toString('base64'),
): SaslAnswer {
  const fields = parseFields(challenge);
  const nonce = fields.get('nonce');
  const realm = fields.get('realm') ?? REALM;
  if (!nonce) throw new ZooKeeperError('AuthFailed', 'sasl: the challenge of the server has no nonce');
  const qop = (fields.get('qop') ?? 'auth').split(',').map((word) => word.trim());
  if (!qop.includes('auth')) throw new ZooKeeperError('AuthFailed', `sasl: the server wants ${qop.join()}`);

  const { username, password } = credentials;
  const secret = md5(Buffer.concat([encode(username), encode(`:${realm}:`), encode(password)]));
  const ha1 = md5(Buffer.concat([secret, Buffer.from(`:${nonce}:${cnonce}`)])).toString('hex');
  const proof = (a2: string) => {
    const ha2 = md5(Buffer.from(a2)).toString('hex');
    return md5(Buffer.from([ha1, nonce, FIRST_USE, cnonce, 'auth', ha2].join(':'))).toString('hex');
  };
  const token = [
    'charset=utf-8',
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `nc=${FIRST_USE}`,
    `cnonce=${quoted(cnonce)}`,
    `digest-uri=${quoted(DIGEST_URI)}`,
    'maxbuf=65536',
    `response=${proof(`AUTHENTICATE:${DIGEST_URI}`)}`,
    'qop=auth',
  ].join(',');
  return { token: Buffer.from(token, 'utf8'), expected: proof(`:${DIGEST_URI}`) };
}

/** Whether the last word of the server proves that it knows the password. */
export function isProof(answer: SaslAnswer, reply: string): boolean {
  return parseFields(reply).get('rspauth') === answer.expected;
}

function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, key, string, word] of text.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*))/g)) {
    fields.set(key, string === undefined ? word.trim() : string.replace(/\\(.)/g, '$1'));
  }
  return fields;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function md5(bytes: Buffer): Buffer {
  return crypto.createHash('md5').update(bytes).digest();
}

// RFC 2831: what fits ISO 8859-1 is hashed in it, even when both sides speak UTF-8.
function encode(text: string): Buffer {
  const fits = [...text].every((character) => character <= '\u00ff');
  return Buffer.from(text, fits ? 'latin1' : 'utf8');
}
