import type { INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { clientAuthority } from '../core/client-authority';
import { clientCertificate } from '../core/client-certificate';
import { Consumer } from '../core/consumer';
import type { Credentials, CredentialsReference } from '../core/credentials';
import type { Endpoint, SecretKey } from '../core/endpoint';
import { selectorLabels } from '../core/names';
import { allowConsumer } from '../core/network';
import { reportFindings } from '../core/problem';
import {
  type RedisConnection,
  type RedisGrantOptions,
  type RedisMode,
  redisConnection,
} from './redis-connection';
import type { RedisCredentials } from './redis-credentials';
import type { RedisModel } from './redis-model';
import { defaultMode, modeProblem } from './redis-modes';
import { masterName, PORTS, sentinelSetName } from './redis-names';
import { labelsOf, replicasName } from './redis-network';
import { passwordFiles } from './redis-pod';
import { seedEndpoints, sentinelEndpoints, serviceEndpoint } from './redis-services';
import { hasRights, type KnownUser, RedisUserList } from './redis-user-list';
import { checkRights, checkUserName } from './redis-users';
import type { WantedRedisUser } from './steward/settings';
import { RedisProxies, type RedisProxyAccess } from './twemproxy-shard';

/** What access to a deployment needs of its construct. */
export interface RedisAccessContext {
  /** Certificate of the servers' authority, in the namespace of the deployment. */
  readonly ca?: SecretKey;
  readonly credentials: RedisCredentials;
}

/** Who may use a deployment: the declared users, and the consumers who were granted access. */
export class RedisAccess {
  private readonly users: RedisUserList;
  /** Where the passwords of users are, in the namespace of the deployment. */
  private readonly logins = new Map<string, CredentialsReference>();
  private readonly proxies = new RedisProxies();

  constructor(
    private readonly scope: Construct,
    private readonly model: RedisModel,
    private readonly context: RedisAccessContext,
  ) {
    this.users = new RedisUserList(model.props.users ?? {}, model.topology);
    for (const { name, credentials } of this.users.all()) this.bind(name, credentials);
  }

  /** Lets a consumer in, as a user with rights, and gives what it needs to connect. */
  grant(peer: INetworkPolicyPeer, options: RedisGrantOptions = {}): RedisConnection {
    const { model, scope, context } = this;
    const mode = this.mode(options);
    const consumer = new Consumer(peer, { ...model, system: 'redis' });
    this.allow(peer, 'server', PORTS.server);
    if (mode === 'sentinel') this.allow(peer, 'sentinel', PORTS.sentinel);
    const user = this.user(consumer, options);
    const certificate = model.clientAuthentication
      ? this.certificate(user?.name ?? consumer.defaultUser, consumer, options)
      : undefined;
    return redisConnection(scope, {
      mode,
      endpoints: this.endpoints(mode),
      masterName: mode === 'sentinel' ? masterName(model) : undefined,
      tls: model.tls !== undefined,
      user: user?.name,
      login: user && this.login(user, consumer),
      ca:
        context.ca &&
        clientAuthority(consumer, {
          own: context.ca,
          given: options.ca,
          clientAuthentication: model.clientAuthentication,
          certificate,
          report: (problem) => this.report(problem),
        }),
      certificate,
      directory: options.directory,
    });
  }

  /** Lets a proxy in that gives a password and no name. */
  admit(proxy: INetworkPolicyPeer, access: RedisProxyAccess): void {
    this.allow(proxy, 'server', PORTS.server);
    const problem = this.proxies.add(access);
    if (problem) this.report(problem);
  }

  /** Users that should exist, as they are known when everything has been granted. */
  wanted(): WantedRedisUser[] {
    const proxy = this.proxies.wanted();
    return [...(proxy ? [proxy] : []), ...this.users.wanted()];
  }

  /** Where the steward finds the passwords of users, as files `<user>/password`. */
  userFiles(): k8s.VolumeProjection[] {
    const users = this.users.all().flatMap(({ name }) => {
      const login = this.logins.get(name);
      return login ? passwordFiles(login, `${name}/`) : [];
    });
    return [...this.proxies.files(), ...users];
  }

  /** Where clients connect first. */
  endpoints(mode: RedisMode): Endpoint[] {
    const { model } = this;
    if (mode === 'sentinel') return sentinelEndpoints(model);
    if (mode === 'cluster') return seedEndpoints(model);
    return [serviceEndpoint(model, mode === 'replicas' ? replicasName(model) : model.name)];
  }

  private mode({ mode }: RedisGrantOptions): RedisMode {
    const { topology, steward } = this.model;
    const wanted = mode ?? defaultMode(topology);
    const problem = modeProblem(wanted, topology, steward);
    if (problem) this.report(problem);
    return problem ? defaultMode(topology) : wanted;
  }

  private user(consumer: Consumer, options: RedisGrantOptions): KnownUser | undefined {
    const name = options.user ?? consumer.defaultUser;
    const { peer } = consumer;
    const problems = checkUserName(name);
    if (problems.length > 0 && options.user === undefined) {
      this.report(`user: the construct id "${peer.node.id}" makes no name of a user; give user`);
      return undefined;
    }
    if (!this.model.steward) return this.unmade(name, options, peer);
    const granted = this.users.grant(name, peer, options);
    if (granted.made) {
      reportFindings(this.scope, [...problems, ...checkRights(name, options)]);
      this.bind(name, granted.user.credentials);
    }
    for (const problem of granted.problems) this.report(problem);
    return granted.user;
  }

  /** A user that somebody else makes, where there is no steward. */
  private unmade(name: string, options: RedisGrantOptions, peer: INetworkPolicyPeer): KnownUser | undefined {
    const { credentials } = options;
    if (!credentials || credentials.isGenerated || hasRights(options)) {
      this.report(
        `user "${name}": with operations: 'none' nobody makes users; make it with ACL SETUSER on every server, and give its ` +
          'credentials by Credentials.existing or Credentials.external, without rights',
      );
      return undefined;
    }
    this.bind(name, credentials);
    return { name, rules: '', credentials, granted: { peer, named: true } };
  }

  private bind(user: string, credentials: Credentials): void {
    if (!this.logins.has(user)) this.logins.set(user, this.context.credentials.user(credentials, user));
  }

  /** The login where the consumer can read it. */
  private login({ name, credentials }: KnownUser, consumer: Consumer): CredentialsReference | undefined {
    const login = this.logins.get(name);
    if (login) consumer.bindLogin(name, credentials, login, (problem) => this.report(problem));
    return login;
  }

  private certificate(
    user: string,
    consumer: Consumer,
    { certificate }: RedisGrantOptions,
  ): string | undefined {
    if (certificate) return certificate;
    const { name, namespace, tls } = this.model;
    return clientCertificate(consumer, {
      cluster: { scope: this.scope, name, namespace, tls },
      user,
      // It says who may connect; who somebody is, is said by name and password.
      identity: { uri: `urn:redis:${name}:${user}` },
      report: (problem) => this.report(problem),
    });
  }

  private allow(peer: INetworkPolicyPeer, component: 'server' | 'sentinel', port: number): void {
    const { model, scope } = this;
    const provider = {
      name: component === 'sentinel' ? sentinelSetName(model) : model.name,
      namespace: model.namespace,
      labels: labelsOf(model, component),
      selector: selectorLabels(model.name, component),
    };
    allowConsumer(scope, provider, peer, [port]);
  }

  private report(message: string): void {
    reportFindings(this.scope, [{ code: 'redis/access', message }]);
  }
}
