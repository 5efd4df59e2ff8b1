import { GATE_PORT } from '../../steward/gate-report';
import type { Address } from '../api/types';
import type { EtcdStewardSettings } from './settings';

/** Where a member is asked. */
export interface MemberAddresses {
  readonly client: Address;
  readonly peer: Address;
  readonly metrics: Address;
  readonly gate: Address;
}

/** What of the settings tells members apart. */
export type Naming = Pick<
  EtcdStewardSettings,
  'host' | 'memberName' | 'clientPort' | 'peerPort' | 'metricsPort' | 'peerTls'
>;

/** What members are called, where they are, and which member is found by either. */
export class EtcdAddresses {
  constructor(
    private readonly naming: Naming,
    private readonly gatePort: number = GATE_PORT,
  ) {}

  of(id: number): MemberAddresses {
    const { clientPort, peerPort, metricsPort } = this.naming;
    const host = fill(this.naming.host, id);
    const at = (port: number): Address => ({ host, port });
    return { client: at(clientPort), peer: at(peerPort), metrics: at(metricsPort), gate: at(this.gatePort) };
  }

  name(id: number): string {
    return fill(this.naming.memberName, id);
  }

  /** Where other members reach it, to the letter as the gate writes it: etcd compares it so. */
  peerUrl(id: number): string {
    const { host, port } = this.of(id).peer;
    return `${this.naming.peerTls ? 'https' : 'http'}://${host}:${port}`;
  }

  /** Which member is called so. */
  idOfName(name: string): number | undefined {
    return match(this.naming.memberName, name);
  }

  /** Which member is reached there, whatever the scheme. */
  idOfPeerUrl(url: string): number | undefined {
    const { host, peerPort } = this.naming;
    return match(`${host}:${peerPort}`, url.replace(/^https?:\/\//, ''));
  }
}

const fill = (pattern: string, id: number): string => pattern.replace('{id}', String(id));

function match(pattern: string, text: string): number | undefined {
  const [before, after] = pattern.split('{id}');
  const digits = text.slice(before.length, text.length - after.length);
  return /^(0|[1-9]\d*)$/.test(digits) && text === before + digits + after ? Number(digits) : undefined;
}
