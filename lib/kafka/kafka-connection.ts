import { EnvValue, type INetworkPolicyPeer } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Credentials, CredentialsReference } from '../core/credentials';
import type { Connection, Endpoint, SecretKey } from '../core/endpoint';
import { secretValue } from '../core/secret-value';
import type { AuthenticationMethod } from './kafka-listeners';
import type { KafkaQuotas } from './kafka-props';
import type { KafkaRights } from './kafka-users';

/**
 * How a consumer uses a cluster. Rights (`produce`, `consume`, `groups`, `transactionalIds`, `acls`) and `quotas` add up
 * with what `users` declares about the same user. They say nothing where a listener does not know its users.
 */
export interface KafkaGrantOptions extends KafkaRights {
  /** Name of the user, in Kafka a principal `User:<name>`. @default - the consumer's construct id, in lower case */
  readonly user?: string;
  /** Name of the listener to connect to. @default - the first */
  readonly listener?: string;
  /** Limits of the user. @default - none */
  readonly quotas?: KafkaQuotas;
  /**
   * Password of the user. A consumer in another namespace needs a Secret there, with the same content and the same name:
   * `Credentials.external` makes both, `Credentials.existing` takes both as they are. Where passwords are `PLAIN`, one
   * of the listener's. @default - that in `users`, else generated in the namespace of the cluster
   */
  readonly credentials?: Credentials;
  /**
   * Secret in the consumer's namespace with its certificate, where listeners ask for one: `tls.crt`, `tls.key` (PKCS #8),
   * `ca.crt`; the common name is the user. @default - made by the issuer of the cluster's certificate
   */
  readonly certificate?: string;
  /**
   * Certificate of the authority that signed the servers' certificates, in a Secret of the consumer's namespace;
   * `system` where the consumer trusts it already. @default - that of the cluster, where it is in the same namespace
   */
  readonly ca?: SecretKey | 'system';
}

/** What a client of Kafka needs. */
export interface KafkaConnection extends Connection {
  /**
   * KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_PROTOCOL; with a login KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME,
   * KAFKA_SASL_PASSWORD and, last, KAFKA_SASL_JAAS_CONFIG, which Kubernetes completes with these two; with TLS
   * KAFKA_SSL_CA and, of a consumer with a certificate, KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY, all in PEM.
   */
  readonly env: Record<string, EnvValue>;
  /** `host:port,host:port` */
  readonly bootstrapServers: string;
  readonly securityProtocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** How the consumer logs in. @default - not at all */
  readonly saslMechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';
  /**
   * Settings of a Java client (3.5 or later) in a container that has `env`, whose variables they refer to by Kafka's own
   * EnvVarConfigProvider; so they may stand in a ConfigMap. With OAUTHBEARER the client adds how it gets its token.
   * https://kafka.apache.org/documentation/#config_providers
   */
  readonly properties: Record<string, string>;
  /** Name of the user. @default - none, where the listener does not know its users */
  readonly user?: string;
  /** The login in a Secret. @default - none */
  readonly credentials?: CredentialsReference;
  /**
   * Secret with the consumer's own certificate: `tls.crt`, `tls.key`, `ca.crt` and, where it is made here,
   * `tls-combined.pem`. @default - none
   */
  readonly clientCertificate?: string;
}

/** A Kafka cluster, made here or elsewhere, as its consumers see it. */
export interface IKafkaCluster extends Construct {
  readonly name: string;
  /** Where clients connect first, in a stable order. */
  readonly endpoints: readonly Endpoint[];
  /** `host:port,host:port` of a listener. @default - the first listener */
  bootstrapServers(listener?: string): string;
  /**
   * Lets `consumer` (a workload of cdk8s-plus, or anything else that a NetworkPolicy can name) reach the cluster, makes
   * it a user with these rights, and gives what it needs to connect. Nothing of the consumer is changed; what has to be
   * in its namespace stands in its chart.
   */
  grantAccess(consumer: INetworkPolicyPeer, options?: KafkaGrantOptions): KafkaConnection;
}

/** What a connection is put together from. */
export interface ConnectionFacts {
  readonly endpoints: readonly Endpoint[];
  readonly tls: boolean;
  /** How the listener knows its users. @default - not at all */
  readonly method?: AuthenticationMethod;
  readonly user?: string;
  readonly ca?: SecretKey;
  readonly login?: CredentialsReference;
  readonly certificate?: string;
}

/** Puts a connection together; `scope` is where references to Secrets are kept. */
export function kafkaConnection(scope: Construct, facts: ConnectionFacts): KafkaConnection {
  const { endpoints, tls, method, user, ca, login, certificate } = facts;
  const bootstrapServers = endpoints.join(',');
  const saslMechanism = mechanismOf(method);
  const securityProtocol = saslMechanism ? (tls ? 'SASL_SSL' : 'SASL_PLAINTEXT') : tls ? 'SSL' : 'PLAINTEXT';
  const from = (secretName: string, key: string) => secretValue(scope, secretName, key);
  const env: Record<string, EnvValue> = {
    KAFKA_BOOTSTRAP_SERVERS: EnvValue.fromValue(bootstrapServers),
    KAFKA_SECURITY_PROTOCOL: EnvValue.fromValue(securityProtocol),
  };
  const properties: Record<string, string> = {
    'bootstrap.servers': bootstrapServers,
    'security.protocol': securityProtocol,
  };
  if (tls && ca) {
    env.KAFKA_SSL_CA = from(ca.secretName, ca.key);
    properties['ssl.truststore.type'] = 'PEM';
    properties['ssl.truststore.certificates'] = variable('KAFKA_SSL_CA');
  }
  if (tls && certificate) {
    env.KAFKA_SSL_CERTIFICATE = from(certificate, 'tls.crt');
    env.KAFKA_SSL_KEY = from(certificate, 'tls.key');
    properties['ssl.keystore.type'] = 'PEM';
    properties['ssl.keystore.certificate.chain'] = variable('KAFKA_SSL_CERTIFICATE');
    properties['ssl.keystore.key'] = variable('KAFKA_SSL_KEY');
  }
  if (saslMechanism) {
    env.KAFKA_SASL_MECHANISM = EnvValue.fromValue(saslMechanism);
    properties['sasl.mechanism'] = saslMechanism;
  }
  if (saslMechanism && login) {
    env.KAFKA_SASL_USERNAME = from(login.secretName, login.usernameKey);
    env.KAFKA_SASL_PASSWORD = from(login.secretName, login.passwordKey);
    const jaas = jaasConfig(saslMechanism, '$(KAFKA_SASL_USERNAME)', '$(KAFKA_SASL_PASSWORD)');
    env.KAFKA_SASL_JAAS_CONFIG = EnvValue.fromValue(jaas);
    properties['sasl.jaas.config'] = variable('KAFKA_SASL_JAAS_CONFIG');
  }
  if (Object.values(properties).some((value) => value.startsWith('${env:'))) {
    properties['config.providers'] = 'env';
    properties['config.providers.env.class'] = 'org.apache.kafka.common.config.provider.EnvVarConfigProvider';
  }
  return {
    endpoints,
    env,
    ca,
    bootstrapServers,
    securityProtocol,
    saslMechanism,
    properties,
    user,
    credentials: login,
    clientCertificate: certificate,
  };
}

/** `sasl.jaas.config` of a login by user name and password. */
export function jaasConfig(mechanism: string, username: string, password: string): string {
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  return `org.apache.kafka.common.security.${module} required username="${username}" password="${password}";`;
}

function mechanismOf(method: AuthenticationMethod | undefined): KafkaConnection['saslMechanism'] {
  if (method?.kind === 'scram') return method.mechanism;
  if (method?.kind === 'plain') return 'PLAIN';
  return method?.kind === 'oauthbearer' ? 'OAUTHBEARER' : undefined;
}

function variable(name: string): string {
  return `\${env:${name}}`;
}
