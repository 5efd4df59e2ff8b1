import { checkCertificate } from '../core/certificates';
import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import type { RedisModel } from './redis-model';
import { checkRights, checkUserName } from './redis-users';

/** What is wrong with TLS, users and the library's own passwords. */
export function checkSecurity(model: RedisModel, environment: Environment): Finding[] {
  return [...checkTls(model, environment), ...checkCredentials(model, environment), ...checkUsers(model)];
}

function checkTls({ tls, props }: RedisModel, environment: Environment): Finding[] {
  const findings = tls ? checkCertificate('redis/tls', tls, environment) : [];
  const found = (message: string) => findings.push({ code: 'redis/tls', message });
  for (const name of tls?.dnsNames ?? []) {
    if (!/^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name))
      found(`tls.dnsNames: "${name}" is not a DNS name; give lower-case names such as redis.example.com`);
  }
  if (tls?.secret && tls.dnsNames)
    found(
      'tls.dnsNames: names are for a certificate that is made here, and tls.secret is one of yours; leave one of them out',
    );
  if (environment.isProduction && !tls && !props.allowPlainText)
    found(
      'servers and clients talk plain text in production, where whoever is on the way reads passwords and data; give tls, or say so by allowPlainText: true',
    );
  return findings;
}

function checkCredentials({ props }: RedisModel, environment: Environment): Finding[] {
  const { steward, internal } = props.credentials ?? {};
  const findings = [
    ...(steward?.check('credentials.steward', environment) ?? []),
    ...(internal?.check('credentials.internal', environment) ?? []),
  ];
  if (steward && steward === internal)
    findings.push({
      code: 'redis/credentials',
      message:
        'credentials: steward may do everything, and internal is what servers and Sentinels hold; give each a Secret of its own',
    });
  return findings;
}

function checkUsers({ steward, props }: RedisModel): Finding[] {
  const users = Object.entries(props.users ?? {});
  const findings = users.flatMap(([name, rights]) => [...checkUserName(name), ...checkRights(name, rights)]);
  if (users.length > 0 && !steward)
    findings.push({
      code: 'redis/users',
      message: "users: with operations: 'none' nobody makes them; leave one of them out",
    });
  return findings;
}
