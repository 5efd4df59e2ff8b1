import type { Credentials } from '../core/credentials';

/** How a client proves who it is. https://kafka.apache.org/documentation/#security_sasl */
export class Authentication {
  /** A user and a password that never travels; users are those of `users` and `grantAccess`. */
  static scram(mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256' = 'SCRAM-SHA-512'): Authentication {
    return new Authentication({ kind: 'scram', mechanism });
  }

  /** Users with passwords that brokers read when they start. The password travels, so use TLS. */
  static plain(users: readonly Credentials[]): Authentication {
    return new Authentication({ kind: 'plain', users });
  }

  /** Certificates of clients, whose common name is the user; needs TLS. */
  static mutualTls(): Authentication {
    return new Authentication({ kind: 'mutual-tls' });
  }

  /** Tokens of an OAuth 2 or OpenID Connect server. https://kafka.apache.org/documentation/#security_sasl_oauthbearer */
  static oauthBearer(options: OAuthBearerOptions): Authentication {
    return new Authentication({ kind: 'oauthbearer', ...options });
  }

  private constructor(readonly method: AuthenticationMethod) {}
}

/** How tokens are checked. */
export interface OAuthBearerOptions {
  /** `sasl.oauthbearer.jwks.endpoint.url` */
  readonly jwksEndpoint: string;
  /** `sasl.oauthbearer.expected.issuer` @default - not checked */
  readonly issuer?: string;
  /** `sasl.oauthbearer.expected.audience` @default - not checked */
  readonly audience?: readonly string[];
  /** Claim that is the user's name. @default 'sub' */
  readonly principalClaim?: string;
}

/** What `Authentication` holds. */
export type AuthenticationMethod =
  | { readonly kind: 'scram'; readonly mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256' }
  | { readonly kind: 'plain'; readonly users: readonly Credentials[] }
  | { readonly kind: 'mutual-tls' }
  | ({ readonly kind: 'oauthbearer' } & OAuthBearerOptions);

/** What every listener has. */
export interface ListenerOptions {
  /** Whether it speaks TLS. @default - where the cluster has `tls` */
  readonly tls?: boolean;
  /** How clients prove who they are. @default - none; whoever may reach the port may connect */
  readonly authentication?: Authentication;
  /** Port of the brokers' pods. @default - 9092 for the first, then 9094, 9095 ... */
  readonly port?: number;
}

/** Options of a listener outside of the Kubernetes cluster. */
export interface ExternalListenerOptions extends ListenerOptions {
  /** Name or address that clients reach a broker by, by its id. */
  readonly hosts: (broker: number) => string;
  /** Port that clients reach it on. @default - the port of the listener; of a NodePort that one */
  readonly advertisedPort?: (broker: number) => number;
}

/** Where clients connect. */
export class Listener {
  /** For clients in the same Kubernetes cluster. */
  static internal(options: ListenerOptions & { readonly name?: string } = {}): Listener {
    return new Listener(options.name ?? 'internal', { kind: 'internal' }, options);
  }

  /** One NodePort for each broker; `hosts` names a node, or something that stands for all nodes. */
  static nodePort(
    name: string,
    options: ExternalListenerOptions & { readonly nodePorts: (broker: number) => number },
  ): Listener {
    return new Listener(name, { kind: 'nodePort', nodePorts: options.nodePorts }, options);
  }

  /** One load balancer for each broker. `hosts` is what its DNS record will be, by hand or by external-dns. */
  static loadBalancer(
    name: string,
    options: ExternalListenerOptions & {
      /** Annotations of each broker's Service. @default - none */
      readonly annotations?: (broker: number) => Record<string, string>;
      /** Class of the load balancer. @default - the cluster's default */
      readonly loadBalancerClass?: string;
      /** Addresses that may connect, as CIDR. @default - all */
      readonly sourceRanges?: readonly string[];
    },
  ): Listener {
    const { annotations, loadBalancerClass, sourceRanges } = options;
    return new Listener(
      name,
      { kind: 'loadBalancer', annotations, loadBalancerClass, sourceRanges },
      options,
    );
  }

  /** Addresses that lead to the brokers' pods already, such as those of a gateway or a host network. */
  static addresses(name: string, options: ExternalListenerOptions): Listener {
    return new Listener(name, { kind: 'addresses' }, options);
  }

  private constructor(
    /** Lower case; Kafka's listener name is the same in capitals. */
    readonly name: string,
    readonly exposure: Exposure,
    readonly options: ListenerOptions & Partial<ExternalListenerOptions>,
  ) {}
}

/** How a listener is reached. */
export type Exposure =
  | { readonly kind: 'internal' }
  | { readonly kind: 'addresses' }
  | { readonly kind: 'nodePort'; readonly nodePorts: (broker: number) => number }
  | {
      readonly kind: 'loadBalancer';
      readonly annotations?: (broker: number) => Record<string, string>;
      readonly loadBalancerClass?: string;
      readonly sourceRanges?: readonly string[];
    };
