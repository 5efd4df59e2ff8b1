import type { INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { clientAuthority } from '../core/client-authority';
import { type ClientCertificateOptions, clientCertificate } from '../core/client-certificate';
import { Consumer } from '../core/consumer';
import { contentHash } from '../core/content-hash';
import { Credentials, type CredentialsReference } from '../core/credentials';
import { Endpoint, type SecretKey } from '../core/endpoint';
import { allowConsumer } from '../core/network';
import { reportFindings } from '../core/problem';
import { type EtcdConnection, type EtcdGrantOptions, etcdConnection } from './etcd-connection';
import type { EtcdCredentials } from './etcd-credentials';
import type { EtcdModel } from './etcd-model';
import { PORTS } from './etcd-names';
import type { EtcdUser } from './etcd-props';
import { checkPermissions, checkUserName, permissionsOf } from './etcd-users';
import { loginItems } from './etcd-workload';
import type { WantedAuthentication, WantedPermission } from './steward/settings';

/** What access to a cluster needs of the cluster's construct. */
export interface EtcdAccessContext {
  readonly endpoints: readonly Endpoint[];
  /** Labels that select the members' pods, and those of objects that are made. */
  readonly selector: Record<string, string>;
  readonly labels: Record<string, string>;
  /** Certificate of the servers' authority, in the namespace of the cluster. */
  readonly ca?: SecretKey;
  readonly credentials: EtcdCredentials;
}

/** Somebody who may log in. */
interface KnownUser {
  /** Undefined: only its Secret knows. */
  readonly name?: string;
  readonly roles: readonly string[];
  readonly credentials?: Credentials;
  /** Where the password is, in the namespace of the cluster; undefined: it shows a certificate. */
  readonly login?: CredentialsReference;
  /** Permissions of a user whom `grantAccess` has made, and for whom. */
  readonly granted?: {
    readonly permissions: readonly WantedPermission[];
    readonly peer: INetworkPolicyPeer;
    readonly named: boolean;
  };
}

/** Who may use a cluster: the declared users, and the consumers who were granted access. */
export class EtcdAccess {
  private readonly users: KnownUser[] = [];

  constructor(
    private readonly scope: Construct,
    private readonly model: EtcdModel,
    private readonly context: EtcdAccessContext,
  ) {
    const { authentication } = model;
    for (const [index, user] of (authentication?.users ?? []).entries()) this.declare(user, index + 1);
  }

  /** Lets a consumer in, as a user with permissions, and gives what it needs to connect. */
  grant(peer: INetworkPolicyPeer, options: EtcdGrantOptions = {}): EtcdConnection {
    const { model, scope, context } = this;
    const consumer = new Consumer(peer, { ...model, system: 'etcd' });
    this.allow(peer);
    const user = model.authentication && this.user(consumer, options);
    const { credentials, login, name = consumer.defaultUser } = user ?? {};
    if (credentials && login) consumer.bindLogin(name, credentials, login, (problem) => this.report(problem));
    const { clients, clientAuthentication } = model.tls;
    const shows = user && !login ? { commonName: name } : { uri: `urn:etcd:${model.name}:${name}` };
    const certificate = clientAuthentication ? this.certificate(name, shows, consumer, options) : undefined;
    return etcdConnection(scope, {
      endpoints: options.addresses === 'members' ? this.memberEndpoints() : context.endpoints,
      tls: clients !== undefined,
      user: user?.name,
      login,
      ca:
        context.ca &&
        clientAuthority(consumer, {
          own: context.ca,
          given: options.ca,
          clientAuthentication,
          certificate,
          report: (problem) => this.report(problem),
        }),
      certificate,
      directory: options.directory,
    });
  }

  /** Users and roles that should exist, as they are known when everything has been granted. */
  wanted(): WantedAuthentication | undefined {
    const { authentication } = this.model;
    if (!authentication) return undefined;
    const declared = Object.entries(authentication.roles).map(
      ([name, permissions]) => [name, permissionsOf({ permissions })] as const,
    );
    const granted = this.users.flatMap(({ name, granted: grant }) =>
      name && grant ? [[name, grant.permissions] as const] : [],
    );
    return {
      users: this.users.map(({ name, roles, login }, index) =>
        login ? { directory: String(index), roles } : { name, roles },
      ),
      roles: Object.fromEntries([...declared, ...granted].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  /** Where the steward finds the passwords of users, as files `<n>/username` and `<n>/password`. */
  userFiles(): k8s.VolumeProjection[] {
    return this.users.flatMap(({ login }, index) =>
      login ? [{ secret: { name: login.secretName, items: loginItems(login, `${index}/`) } }] : [],
    );
  }

  private declare({ name, credentials, roles }: EtcdUser, number: number): void {
    const login = credentials && this.context.credentials.user(credentials, name ?? String(number));
    this.users.push({ name, roles, credentials, login });
  }

  private user(consumer: Consumer, options: EtcdGrantOptions): KnownUser | undefined {
    const name = options.user ?? consumer.defaultUser;
    const { credentials } = options;
    const declared = this.users.find(
      (user) =>
        !user.granted &&
        (user.name === name || (credentials !== undefined && user.credentials === credentials)),
    );
    if (declared) return this.asDeclared(declared, name, options);
    const { peer } = consumer;
    const named = options.user !== undefined;
    const what = `user "${name}"`;
    if (checkUserName(name).length > 0 && !named) {
      this.report(`user: the construct id "${peer.node.id}" makes no name of a user; give user`);
      return undefined;
    }
    const given = permissionsOf(options);
    const before = this.users.find((user) => user.name === name);
    if (before?.granted) {
      const { granted } = before;
      if (granted.peer !== peer && !(granted.named && named)) {
        this.report(
          `${what}: ${granted.peer.node.path} and ${peer.node.path} would both be this user; give each a user of its own, or user: '${name}' to both`,
        );
      }
      if (contentHash(given) !== contentHash(granted.permissions))
        this.report(
          `${what}: two consumers give it different permissions; give both the same, or each its own user`,
        );
      if (credentials && credentials !== before.credentials)
        this.report(`${what}: its password is given in two ways; give the same Credentials, or once`);
      return before;
    }
    const byCertificate = options.login === 'certificate';
    this.check(name, options, given);
    const wanted = byCertificate ? undefined : (credentials ?? Credentials.generated());
    const user: KnownUser = {
      name,
      roles: [name],
      credentials: wanted,
      login: wanted && this.context.credentials.user(wanted, name),
      granted: { permissions: given, peer, named },
    };
    this.users.push(user);
    return user;
  }

  /** A consumer who is one of the declared users. */
  private asDeclared(declared: KnownUser, name: string, options: EtcdGrantOptions): KnownUser {
    const what = `user "${declared.name ?? name}"`;
    if (permissionsOf(options).length > 0)
      this.report(
        `${what}: authentication.users has it, with its roles; give its permissions there, or leave it out there`,
      );
    if (options.credentials && options.credentials !== declared.credentials)
      this.report(`${what}: its password is given in two ways; give the same Credentials, or once`);
    const login = declared.login ? 'password' : 'certificate';
    if (options.login && options.login !== login)
      this.report(
        `${what}: login is '${options.login}' here, and '${login}' in authentication.users; leave it out here`,
      );
    return declared;
  }

  private check(name: string, options: EtcdGrantOptions, given: readonly WantedPermission[]): void {
    const { authentication, tls } = this.model;
    const what = `user "${name}"`;
    reportFindings(this.scope, [
      ...checkUserName(name),
      ...checkPermissions(what, options.permissions ?? []),
    ]);
    if (given.length === 0)
      this.report(
        `${what}: it may do nothing; give read, write or permissions, or user: the name of one of authentication.users`,
      );
    if (authentication?.roles[name])
      this.report(
        `${what}: authentication.roles has a role of this name, which is to be this user's; rename one`,
      );
    if (options.login !== 'certificate') return;
    if (!tls.clientAuthentication)
      this.report(
        `${what}: login: 'certificate' needs TLS with clientAuthentication 'need', or nobody shows one; set it on the cluster, or leave login out`,
      );
    if (options.credentials)
      this.report(`${what}: credentials are for login: 'password'; leave one of them out`);
  }

  /** Whoever shows a common name needs no password, and no gateway takes it; so only those have one who log in by it. */
  private certificate(
    user: string,
    identity: ClientCertificateOptions['identity'],
    consumer: Consumer,
    { certificate }: EtcdGrantOptions,
  ): string | undefined {
    if (certificate) return certificate;
    const { name, namespace, props } = this.model;
    return clientCertificate(consumer, {
      cluster: { scope: this.scope, name, namespace, tls: props.tls },
      user,
      identity,
      report: (problem) => this.report(problem),
    });
  }

  private memberEndpoints(): Endpoint[] {
    return this.model.members.map(({ host }) => new Endpoint(host, PORTS.client));
  }

  private allow(peer: INetworkPolicyPeer): void {
    const { model, scope, context } = this;
    const provider = { ...model, labels: context.labels, selector: context.selector };
    allowConsumer(scope, provider, peer, [PORTS.client]);
  }

  private report(message: string): void {
    reportFindings(this.scope, [{ code: 'etcd/access', message }]);
  }
}
