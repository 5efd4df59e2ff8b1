import type { EnvValue } from 'cdk8s-plus-27';

/** An address that clients connect to. */
export class Endpoint {
  constructor(
    readonly host: string,
    readonly port: number,
  ) {}

  /** `host:port` */
  toString(): string {
    return `${this.host}:${this.port}`;
  }
}

/** A key of a Secret. */
export interface SecretKey {
  readonly secretName: string;
  readonly key: string;
}

/** What a consumer needs to use a cluster; the consumer decides where to put it. */
export interface Connection {
  /** The addresses, in a stable order. */
  readonly endpoints: readonly Endpoint[];
  /** Environment variables for a container; passwords are references to Secrets, never values. */
  readonly env: Record<string, EnvValue>;
  /** Certificate of the authority that signed the servers' certificates, where TLS is on. */
  readonly ca?: SecretKey;
}
