import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareSecrets } from '../../../lib/zookeeper/gate/secrets';
import type { GatePaths } from '../../../lib/zookeeper/gate/settings';
import { temporary } from '../../support/temporary';
import { filesIn, pathsIn, put } from './volumes';

const KEY = '-----BEGIN PRIVATE KEY-----\nkey\n-----END PRIVATE KEY-----\n';

function mounted(): GatePaths {
  return pathsIn(temporary());
}

function tls({ secrets }: GatePaths, key = KEY): void {
  put(key, secrets, 'tls', 'tls.key');
  put('chain\n', secrets, 'tls', 'tls.crt');
  put('authority\n', secrets, 'tls', 'ca.crt');
}

function user({ secrets }: GatePaths, role: string, index: number, username: string, password: string): void {
  put(username, secrets, 'users', role, String(index), 'username');
  put(password, secrets, 'users', role, String(index), 'password');
}

describe('prepareSecrets', () => {
  it('prepares nothing but an empty file of flags without Secrets', () => {
    const paths = mounted();
    expect(prepareSecrets(paths, { tls: false })).toBeUndefined();
    expect(filesIn(paths.run)).toEqual({ 'jvm.options': '\n' });
  });

  it('joins key and chain into a key store for the user of the server alone', () => {
    const paths = mounted();
    tls(paths);
    expect(prepareSecrets(paths, { tls: false })).toBeUndefined();
    expect(prepareSecrets(paths, { tls: true })).toEqual({
      key: Buffer.from(KEY),
      cert: Buffer.from('chain\n'),
      ca: Buffer.from('authority\n'),
    });
    expect(filesIn(path.join(paths.run, 'tls'))).toEqual({
      'keystore.pem': `${KEY}\nchain\n`,
      'ca.pem': 'authority\n',
    });
    expect(fs.statSync(path.join(paths.run, 'tls', 'keystore.pem')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(paths.run, 'tls')).mode & 0o777).toBe(0o700);
  });

  it.each(['tls.key', 'tls.crt', 'ca.crt'])('names the key %s that the Secret lacks', (name) => {
    const paths = mounted();
    tls(paths);
    fs.rmSync(path.join(paths.secrets, 'tls', name));
    expect(() => prepareSecrets(paths, { tls: true })).toThrow(
      `the TLS Secret has no key "${name}"; it needs tls.crt, tls.key (PKCS #8) and ca.crt`,
    );
  });

  it.each(['RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'])(
    'refuses a key that begins with %s',
    (kind) => {
      const paths = mounted();
      tls(paths, `-----BEGIN ${kind}-----\n`);
      expect(() => prepareSecrets(paths, { tls: true })).toThrow(
        'tls.key of the TLS Secret is not PKCS #8 ("BEGIN PRIVATE KEY"); convert it with "openssl pkcs8 -topk8 -nocrypt"',
      );
    },
  );

  it('refuses to go without TLS where members are only reached by it', () => {
    expect(() => prepareSecrets(mounted(), { tls: true })).toThrow(
      'members reach one another by TLS, and no TLS Secret is mounted at ',
    );
  });

  it('writes the digest of the super user as a flag of the JVM', () => {
    const paths = mounted();
    user(paths, 'super', 0, 'super', 'secret\n');
    prepareSecrets(paths, { tls: false });
    // https://zookeeper.apache.org/doc/r3.9.4/zookeeperAdmin.html: base64 of the SHA-1 of "super:secret"
    expect(filesIn(paths.run)['jvm.options']).toBe(
      '"-Dzookeeper.DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4="\n',
    );
  });

  it('writes clients and the members themselves into a JAAS file', () => {
    const paths = mounted();
    user(paths, 'clients', 1, 'zoe', 'p$w');
    user(paths, 'clients', 0, 'app-1', 'pässw#rd;');
    user(paths, 'quorum', 0, 'members', 'm');
    // What Kubernetes keeps beside the files of a projected volume.
    put('', paths.secrets, 'users', 'clients', '..data', 'x');
    prepareSecrets(paths, { tls: false });
    expect(fs.readFileSync(path.join(paths.run, 'jaas.conf'), 'utf8')).toBe(
      [
        'Server {',
        '  org.apache.zookeeper.server.auth.DigestLoginModule required',
        '  user_app-1="pässw#rd;"',
        '  user_zoe="p$w";',
        '};',
        'QuorumServer {',
        '  org.apache.zookeeper.server.auth.DigestLoginModule required',
        '  user_members="m";',
        '};',
        'QuorumLearner {',
        '  org.apache.zookeeper.server.auth.DigestLoginModule required',
        '  username="members"',
        '  password="m";',
        '};\n',
      ].join('\n'),
    );
    expect(fs.statSync(path.join(paths.run, 'jaas.conf')).mode & 0o777).toBe(0o600);
  });

  it.each(['a b', 'a"b', 'a\\b', 'a\nb', `$\{user.home}`, ''])('refuses the password %j', (password) => {
    const paths = mounted();
    user(paths, 'clients', 0, 'app', password);
    const directory = path.join(paths.secrets, 'users', 'clients', '0');
    expect(() => prepareSecrets(paths, { tls: false })).toThrow(
      `the password in ${directory} is empty or holds a quote, a backslash, white space or "\${", which a JAAS file cannot; choose another`,
    );
  });

  it.each(['a b', 'a@b', 'a/b', 'a:b', 'a=b', '1;', ''])('refuses the user name %j', (username) => {
    const paths = mounted();
    user(paths, 'clients', 0, username, 'secret');
    const directory = path.join(paths.secrets, 'users', 'clients', '0');
    expect(() => prepareSecrets(paths, { tls: false })).toThrow(
      `the user name ${JSON.stringify(username.trim())} in ${directory} is none that a JAAS file can hold; use letters, digits, "_", "-" and ".", and begin with a letter`,
    );
  });

  it('refuses a user that is named twice', () => {
    const paths = mounted();
    user(paths, 'clients', 0, 'app', 'one');
    user(paths, 'clients', 1, 'app', 'two');
    expect(() => prepareSecrets(paths, { tls: false })).toThrow(
      'two of the users in authentication.clients are named "app", of whom only one could log in; rename one',
    );
  });

  const javac = spawnSync('java', ['-version']).status === 0 && spawnSync('javac', ['-version']).status === 0;
  it.skipIf(!javac)(
    `is read by a JVM as it was meant${javac ? '' : ' (skipped: javac is missing)'}`,
    () => {
      const paths = mounted();
      user(paths, 'super', 0, 'super', 'secret');
      user(paths, 'clients', 0, 'app-1.x_y', "p$w#rd;{}'//*,ä=");
      user(paths, 'quorum', 0, 'members', 'm');
      prepareSecrets(paths, { tls: false });
      const source = path.join(paths.run, 'Read.java');
      put(
        `import javax.security.auth.login.*;
       class Read { public static void main(String[] args) {
         for (String section : new String[] { "Server", "QuorumServer", "QuorumLearner" })
           for (var entry : Configuration.getConfiguration().getAppConfigurationEntry(section))
             System.out.println(section + new java.util.TreeMap<>(entry.getOptions()));
         System.out.println(System.getProperty("zookeeper.DigestAuthenticationProvider.superDigest"));
       } }`,
        source,
      );
      const options = [`@${path.join(paths.run, 'jvm.options')}`, '-Dfile.encoding=UTF-8'];
      const jaas = `-Djava.security.auth.login.config=${path.join(paths.run, 'jaas.conf')}`;
      const { stdout, stderr } = spawnSync('java', [...options, jaas, source], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n')).toEqual([
        "Server{user_app-1.x_y=p$w#rd;{}'//*,ä=}",
        'QuorumServer{user_members=m}',
        'QuorumLearner{password=m, username=members}',
        'super:lK75jTNcA+U9vtVEw5vB51mj/w4=',
      ]);
    },
    60_000,
  );
});
