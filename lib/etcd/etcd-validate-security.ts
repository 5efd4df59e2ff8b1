import { checkCertificate } from '../core/certificates';
import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import type { EtcdModel } from './etcd-model';
import { ROOT } from './etcd-names';
import type { EtcdUser } from './etcd-props';
import { checkRole, checkUserName } from './etcd-users';

/** What is wrong with TLS, and with talking without. */
export function checkTls({ tls, props }: EtcdModel, environment: Environment): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push({ code: 'etcd/tls', message });
  if (props.tls && !tls.clients && !tls.peers)
    found('tls: clients false and peers false leave nothing to encrypt; leave tls out');
  if (props.tls && !tls.clients && props.tls.clientAuthentication === 'need')
    found(
      "tls.clientAuthentication: 'need', and clients talk plain text, in which nobody shows a certificate; leave it or clients: false out",
    );
  for (const name of props.tls?.dnsNames ?? []) {
    if (!/^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name))
      found(`tls.dnsNames: "${name}" is not a DNS name; give lower-case names such as etcd.example.com`);
  }
  for (const source of [tls.clients, tls.peers])
    if (source) findings.push(...checkCertificate('etcd/tls', source, environment));
  if (environment.isProduction && !props.allowPlainText) {
    const plain = [...(tls.clients ? [] : ['clients']), ...(tls.peers ? [] : ['members'])];
    if (plain.length > 0)
      found(
        `${plain.join(' and ')} talk plain text in production, where whoever is on the way reads and changes everything; give tls, or say so by allowPlainText: true`,
      );
  }
  return findings;
}

/** What is wrong with users and roles. */
export function checkAuthentication(model: EtcdModel, environment: Environment): Finding[] {
  const { authentication, steward } = model;
  if (!authentication) return [];
  const { root, users, roles, tokenLifetime } = authentication;
  const findings = [
    ...root.check('authentication.root', environment),
    ...Object.entries(roles).flatMap(([name, permissions]) => checkRole(name, permissions)),
    ...users.flatMap((user, index) => checkUser(model, user, `authentication.users[${index}]`)),
  ];
  const found = (message: string) => findings.push({ code: 'etcd/authentication', message });
  const names = users.flatMap(({ name }) => name ?? []);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index)))
    found(`authentication.users: "${name}" is there twice; give each user a name of its own`);
  const seconds = tokenLifetime.toSeconds({ integral: false });
  if (!Number.isInteger(seconds) || seconds < 10)
    found(`authentication.tokenLifetime: ${tokenLifetime.toHumanString()}; give whole seconds, at least 10`);
  if (!steward)
    found("authentication: with operations: 'none' nobody makes users and roles; leave one of them out");
  return findings;
}

function checkUser({ tls, authentication }: EtcdModel, user: EtcdUser, what: string): Finding[] {
  const { name, credentials, roles } = user;
  const findings = name === undefined ? [] : checkUserName(name);
  const found = (message: string) => findings.push({ code: 'etcd/users', message });
  const called = name ? `user "${name}"` : what;
  if (!credentials && !name)
    found(`${what}: it has neither credentials nor a name; give credentials, or the name in its certificate`);
  if (!credentials && name && !tls.clientAuthentication)
    found(
      `${called}: without credentials it is known by its certificate, which nobody asks for; give credentials, or tls with clientAuthentication 'need'`,
    );
  if (credentials?.isGenerated && !name)
    found(`${what}: its Secret is generated, and so needs a name for the user; give name`);
  if (roles.length === 0) found(`${called}: it has no role and may do nothing; name at least one`);
  const known = Object.keys(authentication?.roles ?? {});
  for (const role of roles) {
    if (role === ROOT || known.includes(role)) continue;
    const list = [...known, ROOT].join(', ');
    found(`${called}: there is no role "${role}" (there are ${list}); name one of these, or declare it`);
  }
  return findings;
}
