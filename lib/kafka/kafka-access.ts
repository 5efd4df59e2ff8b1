import type { INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { serversAuthority } from '../core/client-authority';
import { clientCertificate } from '../core/client-certificate';
import { Consumer } from '../core/consumer';
import type { Credentials, CredentialsReference } from '../core/credentials';
import type { Endpoint, SecretKey } from '../core/endpoint';
import { allowConsumer } from '../core/network';
import { type Finding, reportFindings } from '../core/problem';
import { type KafkaConnection, type KafkaGrantOptions, kafkaConnection } from './kafka-connection';
import type { KafkaCredentials } from './kafka-credentials';
import type { KafkaListener } from './kafka-listener-config';
import type { KafkaModel } from './kafka-model';
import { internalName } from './kafka-names';
import { KafkaUserList } from './kafka-user-list';
import { checkUserName } from './kafka-users';
import { checkWanted, type KafkaDeclarations, wantedKafka } from './kafka-wanted';
import type { WantedKafka } from './steward/settings';

/** What access to a cluster needs of the cluster's construct. */
export interface KafkaAccessContext {
  /** Labels that select the pods of all brokers. */
  readonly selector: Record<string, string>;
  /** Labels of objects that are made. */
  readonly labels: Record<string, string>;
  /** Where clients of a listener connect first. */
  readonly endpoints: (listener: KafkaListener) => readonly Endpoint[];
  /** Certificate of the servers' authority, in the namespace of the cluster. */
  readonly ca?: SecretKey;
  readonly credentials: KafkaCredentials;
}

/** Who may use a cluster: the declared users, and the consumers who were granted access. */
export class KafkaAccess {
  private readonly users: KafkaUserList;
  /** Passwords of SCRAM users, in the namespace of the cluster. */
  private readonly bound = new Map<
    string,
    { readonly credentials: Credentials; readonly reference: CredentialsReference }
  >();

  constructor(
    private readonly scope: Construct,
    private readonly model: KafkaModel,
    private readonly context: KafkaAccessContext,
  ) {
    const mechanism = model.listeners.flatMap(({ authentication: method }) =>
      method?.kind === 'scram' ? [method.mechanism] : [],
    )[0];
    this.users = new KafkaUserList(model.props.users ?? {}, mechanism);
    for (const [name, user] of Object.entries(model.props.users ?? {})) {
      if (mechanism && !user.delete) this.password(name, user.credentials);
    }
    scope.node.addValidation({
      validate: () => checkWanted(this.declarations).map(({ code, message }) => `[${code}] ${message}`),
    });
  }

  /** Lets a consumer in, as a user with rights, and gives what it needs to connect. */
  grant(peer: INetworkPolicyPeer, options: KafkaGrantOptions = {}): KafkaConnection {
    const listener = this.listener(options.listener);
    const consumer = new Consumer(peer, { ...this.model, system: 'kafka' });
    this.allow(peer, listener);
    const method = listener.authentication;
    const user = method && this.user(consumer, listener, options);
    const login =
      method?.kind === 'scram' && user
        ? this.scramLogin(user, consumer, options)
        : method?.kind === 'plain'
          ? this.plainLogin(method.users, consumer, options)
          : undefined;
    const certificate =
      method?.kind === 'mutual-tls' && user ? this.certificate(user, consumer, options) : undefined;
    if (!method) this.checkAnonymous(listener);
    const ca = listener.tls ? this.authority(consumer, options, certificate) : undefined;
    const { endpoints } = this.context;
    const { tls } = listener;
    return kafkaConnection(this.scope, {
      endpoints: endpoints(listener),
      tls,
      method,
      user,
      ca,
      login,
      certificate,
    });
  }

  /** `host:port,host:port` of a listener; of the first unless one is named. */
  bootstrapServers(listener?: string): string {
    return this.context.endpoints(this.listener(listener)).join(',');
  }

  /** What should exist inside the cluster, as it is known when everything has been granted. */
  wanted(): WantedKafka {
    return wantedKafka(this.declarations);
  }

  /** Where the steward finds the passwords of SCRAM users, as files `<user>/password`, as far as they are known by now. */
  passwordFiles(): k8s.VolumeProjection[] {
    return [...this.bound]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([user, { reference }]) => ({
        secret: {
          name: reference.secretName,
          items: [{ key: reference.passwordKey, path: `${user}/password` }],
        },
      }));
  }

  private get declarations(): KafkaDeclarations {
    const { props, defaults, authorization, commonName } = this.model;
    const partitions = Number(props.configuration?.['num.partitions'] ?? 1);
    return {
      topics: props.topics ?? {},
      users: this.users.all(),
      defaults: { partitions, replicationFactor: defaults.replicationFactor },
      acls: authorization === 'acl',
      taken: [commonName, internalName(this.model)],
    };
  }

  private listener(name: string | undefined): KafkaListener {
    const { listeners } = this.model;
    const found = name === undefined ? listeners[0] : listeners.find((listener) => listener.name === name);
    if (!found) {
      const names = listeners.map((listener) => listener.name).join(', ');
      this.report(`listener: there is no "${name}"; give one of ${names}`);
    }
    return found ?? listeners[0];
  }

  private user(consumer: Consumer, listener: KafkaListener, options: KafkaGrantOptions): string {
    const { authentication: method, name } = listener;
    if (!options.user && (method?.kind === 'plain' || method?.kind === 'oauthbearer')) {
      if (this.model.authorization === 'none') return '';
      const where = method.kind === 'plain' ? 'a Secret' : 'a token';
      this.report(
        `user: on the listener "${name}" the name of the user stands in ${where}; give the same here, so that it gets its ACLs`,
      );
      return '';
    }
    const user = options.user ?? consumer.defaultUser;
    const problems = checkUserName(user);
    if (problems.length > 0 && !options.user)
      this.report(`user: the construct id "${consumer.peer.node.id}" makes no name of a user; give user`);
    const mechanism = method?.kind === 'scram' ? method.mechanism : undefined;
    for (const message of this.users.grant(user, consumer.peer, options, mechanism)) this.report(message);
    return user;
  }

  private scramLogin(user: string, consumer: Consumer, options: KafkaGrantOptions): CredentialsReference {
    const { credentials, reference } = this.password(user, options.credentials);
    consumer.bindLogin(user, credentials, reference, (problem) => this.report(problem));
    return reference;
  }

  private plainLogin(
    users: readonly Credentials[],
    consumer: Consumer,
    options: KafkaGrantOptions,
  ): CredentialsReference | undefined {
    const only = users.length === 1 && this.model.authorization === 'none' ? users[0] : undefined;
    const credentials = options.credentials ?? only;
    const reference = credentials && this.context.credentials.plainByCredentials.get(credentials);
    if (!credentials || !reference) {
      this.report('credentials: give one of those that Authentication.plain of the listener has');
      return undefined;
    }
    if (consumer.elsewhere.length > 0 && credentials.isGenerated) {
      this.report(
        `credentials: they are generated in the namespace "${this.model.namespace}", and ${consumer.peer.node.id} is in ` +
          `"${consumer.elsewhere[0]}", where they cannot be read; use Credentials.external or Credentials.existing`,
      );
    } else consumer.bindCredentials(credentials, reference.secretName, consumer.elsewhere);
    return reference;
  }

  /** Where the password of a SCRAM user is, in the namespace of the cluster. */
  private password(user: string, given?: Credentials) {
    const before = this.bound.get(user);
    if (before) {
      if (given && given !== before.credentials)
        this.report(`user "${user}": its password is given in two ways; give the same Credentials, or once`);
      return before;
    }
    const credentials = given ?? this.users.credentials(user);
    const reference = this.context.credentials.user(credentials, user);
    this.bound.set(user, { credentials, reference });
    return { credentials, reference };
  }

  private certificate(user: string, consumer: Consumer, options: KafkaGrantOptions): string | undefined {
    if (options.certificate) return options.certificate;
    const { name, namespace, props } = this.model;
    return clientCertificate(consumer, {
      cluster: { scope: this.scope, name, namespace, tls: props.tls },
      user,
      identity: { commonName: user },
      combinedPem: true,
      report: (problem) => this.report(problem),
    });
  }

  private authority(
    consumer: Consumer,
    { ca }: KafkaGrantOptions,
    certificate: string | undefined,
  ): SecretKey | undefined {
    if (ca) return ca === 'system' ? undefined : ca;
    if (certificate) return { secretName: certificate, key: 'ca.crt' };
    const own = this.context.ca;
    return own && serversAuthority(consumer, own, (problem) => this.report(problem));
  }

  private checkAnonymous({ name }: KafkaListener): void {
    const { authorization, superUsers, props } = this.model;
    if (authorization === 'none' || superUsers.includes('User:ANONYMOUS') || props.users?.ANONYMOUS) return;
    this.report(
      `listener: "${name}" does not know its users, and ACLs let nobody unknown do anything; choose another one, give it authentication, ` +
        "or allow everybody what users: { ANONYMOUS: ... } says, or everything by superUsers: ['User:ANONYMOUS']",
    );
  }

  private allow(peer: INetworkPolicyPeer, { name, port }: KafkaListener): void {
    const { model, scope, context } = this;
    const first = name === model.listeners[0].name;
    const provider = {
      name: first ? model.name : `${model.name}-${name}`,
      namespace: model.namespace,
      labels: context.labels,
      selector: context.selector,
    };
    allowConsumer(scope, provider, peer, [port]);
  }

  private report(message: string): void {
    const finding: Finding = { code: 'kafka/access', message };
    reportFindings(this.scope, [finding]);
  }
}
