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

/**
 * Addresses that were given as `host:port` by `prop`; what is none is reported, with an address such as `example`, and left
 * out.
 */
export function parseEndpoints(
  prop: string,
  given: readonly string[],
  example: string,
  report: (problem: string) => void,
): Endpoint[] {
  return given.flatMap((text) => {
    const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:\s,/]+):(\d{1,5})$/i.exec(text) ?? [];
    if (host && Number(port) >= 1 && Number(port) <= 65535) return [new Endpoint(host, Number(port))];
    report(`${prop}: "${text}" is not host:port; give a name or address and a port, such as ${example}`);
    return [];
  });
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
