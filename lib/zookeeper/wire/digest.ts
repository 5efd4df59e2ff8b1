import * as crypto from 'node:crypto';

/**
 * The identity that the `digest` scheme makes of a user and password: what an ACL names, and what the server
 * takes as its super user (`zookeeper.DigestAuthenticationProvider.superDigest`).
 */
export function digestOf(user: string, password: string): string {
  const hash = crypto.createHash('sha1').update(`${user}:${password}`, 'utf8').digest('base64');
  return `${user}:${hash}`;
}
