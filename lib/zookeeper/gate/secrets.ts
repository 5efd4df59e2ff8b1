import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../wire/digest';
import type { GatePaths, GateSettings } from './settings';

/** Key, certificate chain and authority as PEM. */
export interface Keys {
  readonly key: Buffer;
  readonly cert: Buffer;
  readonly ca: Buffer;
}

interface User {
  readonly username: string;
  readonly password: string;
}

/**
 * Turns mounted Secrets into the files that the server reads, in memory and for its user only: PEM key stores, a JAAS
 * file, and the JVM flag with the super user's digest. Gives the keys back where the members' port speaks TLS.
 */
export function prepareSecrets(paths: GatePaths, settings: Pick<GateSettings, 'tls'>): Keys | undefined {
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  const keys = prepareKeyStores(paths);
  if (settings.tls && !keys) {
    throw new Error(
      `members reach one another by TLS, and no TLS Secret is mounted at ${join(paths.secrets, 'tls')}`,
    );
  }
  const [superUser] = users(paths, 'super');
  const flags = superUser
    ? [
        `"-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestOf(superUser.username, superUser.password)}"`,
      ]
    : [];
  write(join(paths.run, 'jvm.options'), `${flags.join('\n')}\n`);
  const clients = users(paths, 'clients');
  const twice = clients.find(
    ({ username }, at) => clients.findIndex((user) => user.username === username) < at,
  );
  if (twice) {
    throw new Error(
      `two of the users in authentication.clients are named "${twice.username}", of whom only one could log in; rename one`,
    );
  }
  const jaas = jaasFile(clients, users(paths, 'quorum')[0]);
  if (jaas) write(join(paths.run, 'jaas.conf'), jaas);
  return settings.tls ? keys : undefined;
}

function prepareKeyStores(paths: GatePaths): Keys | undefined {
  const mounted = join(paths.secrets, 'tls');
  if (!existsSync(mounted)) return undefined;
  const [key, cert, ca] = ['tls.key', 'tls.crt', 'ca.crt'].map((name) => {
    const file = join(mounted, name);
    if (!existsSync(file))
      throw new Error(`the TLS Secret has no key "${name}"; it needs tls.crt, tls.key (PKCS #8) and ca.crt`);
    return readFileSync(file);
  });
  if (!key.includes('BEGIN PRIVATE KEY')) {
    throw new Error(
      'tls.key of the TLS Secret is not PKCS #8 ("BEGIN PRIVATE KEY"); convert it with "openssl pkcs8 -topk8 -nocrypt"',
    );
  }
  const directory = join(paths.run, 'tls');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  write(join(directory, 'keystore.pem'), Buffer.concat([key, Buffer.from('\n'), cert]));
  write(join(directory, 'ca.pem'), ca);
  return { key, cert, ca };
}

/** Users in the directories of a role, one each, with the files `username` and `password`. */
function users({ secrets }: GatePaths, role: 'super' | 'clients' | 'quorum'): User[] {
  const directory = join(secrets, 'users', role);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .sort((a, b) => Number(a) - Number(b))
    .map((name) => readUser(join(directory, name)));
}

// What sun.security.provider.ConfigFile reads: names as words, values with escapes and with properties in them.
function readUser(directory: string): User {
  const [username, password] = ['username', 'password'].map((file) =>
    readFileSync(join(directory, file), 'utf8').trim(),
  );
  if (!/^[A-Za-z][\w.-]*$/.test(username)) {
    throw new Error(
      `the user name ${JSON.stringify(username)} in ${directory} is none that a JAAS file can hold; ` +
        'use letters, digits, "_", "-" and ".", and begin with a letter',
    );
  }
  if (password === '' || /["\\\s]|\$\{/.test(password)) {
    throw new Error(
      `the password in ${directory} is empty or holds a quote, a backslash, white space or "\${", ` +
        'which a JAAS file cannot; choose another',
    );
  }
  return { username, password };
}

/** https://zookeeper.apache.org/doc/r3.9.4/zookeeperAdmin.html, "Authentication & Authorization Options" */
function jaasFile(clients: readonly User[], quorum: User | undefined): string | undefined {
  const module = 'org.apache.zookeeper.server.auth.DigestLoginModule required';
  const sections: string[] = [];
  if (clients.length > 0) {
    sections.push(
      `Server {\n  ${module}\n${clients.map((user) => `  user_${user.username}="${user.password}"`).join('\n')};\n};`,
    );
  }
  if (quorum) {
    sections.push(`QuorumServer {\n  ${module}\n  user_${quorum.username}="${quorum.password}";\n};`);
    sections.push(
      `QuorumLearner {\n  ${module}\n  username="${quorum.username}"\n  password="${quorum.password}";\n};`,
    );
  }
  return sections.length > 0 ? `${sections.join('\n')}\n` : undefined;
}

function write(file: string, content: string | Buffer): void {
  writeFileSync(file, content, { mode: 0o600 });
}
