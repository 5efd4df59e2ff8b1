import * as crypto from 'node:crypto';
import { promisify } from 'node:util';
import { KafkaError, type Login, type ScramMechanism } from './types';

/** Sends a token to the server and gives what the server answers. */
export type Exchange = (token: Buffer) => Promise<Uint8Array>;

const DIGESTS: Readonly<Record<ScramMechanism, string>> = {
  'SCRAM-SHA-256': 'sha256',
  'SCRAM-SHA-512': 'sha512',
};
// Says that no channel binding is used.
const GS2_HEADER = 'n,,';

/** Proves to the server who the client is; SCRAM lets the server prove itself, too. */
export async function authenticate(login: Login, exchange: Exchange): Promise<void> {
  if (login.mechanism !== 'PLAIN') return scram(login, login.mechanism, exchange);
  await exchange(Buffer.from(`\0${login.username}\0${login.password}`));
}

/** A password as SCRAM keeps it. https://datatracker.ietf.org/doc/html/rfc5802#section-3 */
export async function saltPassword(
  mechanism: ScramMechanism,
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<Buffer> {
  const digest = DIGESTS[mechanism];
  const length = crypto.createHash(digest).digest().length;
  return promisify(crypto.pbkdf2)(password, salt, iterations, length, digest);
}

async function scram(login: Login, mechanism: ScramMechanism, exchange: Exchange): Promise<void> {
  const hmac = (key: crypto.BinaryLike, text: string) =>
    crypto.createHmac(DIGESTS[mechanism], key).update(text).digest();
  const user = login.username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const nonce = crypto.randomBytes(24).toString('base64');
  const first = `n=${user},r=${nonce}`;
  const challenge = textOf(await exchange(Buffer.from(GS2_HEADER + first)));
  const { r: joint = '', s: salt = '', i: iterations = '' } = attributesOf(challenge);
  if (!joint.startsWith(nonce)) throw notProven();

  const salted = await saltPassword(
    mechanism,
    login.password,
    Buffer.from(salt, 'base64'),
    Number(iterations),
  );
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = crypto.createHash(DIGESTS[mechanism]).update(clientKey).digest();
  const final = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${joint}`;
  const signed = [first, challenge, final].join(',');
  const signature = hmac(storedKey, signed);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index])).toString('base64');

  const { v: verifier } = attributesOf(textOf(await exchange(Buffer.from(`${final},p=${proof}`))));
  if (verifier !== hmac(hmac(salted, 'Server Key'), signed).toString('base64')) throw notProven();
}

function attributesOf(message: string): Record<string, string | undefined> {
  return Object.fromEntries(message.split(',').map((attribute) => [attribute[0], attribute.slice(2)]));
}

function textOf(token: Uint8Array): string {
  return Buffer.from(token).toString();
}

function notProven(): KafkaError {
  return new KafkaError('SASL_AUTHENTICATION_FAILED', 'the server did not prove that it knows the password');
}
