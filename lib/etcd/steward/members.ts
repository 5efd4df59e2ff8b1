import { EtcdClient } from '../api/etcd-client';
import { Session } from '../api/gateway';
import type { EtcdMember, Transport } from '../api/types';
import type { EtcdAddresses } from './addresses';
import type { Keys } from './keys';

/** Clients of members. Each keeps its login until its keys change. */
export class EtcdMembers {
  private readonly clients = new Map<
    number,
    { readonly transport: Transport; readonly client: EtcdMember }
  >();

  private readonly session = new Session();

  constructor(
    readonly addresses: EtcdAddresses,
    readonly keys: Keys,
  ) {}

  /**
   * A member's client.
   * @throws Error when the keys cannot be read
   */
  of(id: number): EtcdMember {
    const transport = this.keys.transport();
    const known = this.clients.get(id);
    if (known?.transport === transport) return known.client;
    const client = new EtcdClient(
      this.addresses.of(id).client,
      transport,
      () => this.keys.login(),
      this.session,
    );
    this.clients.set(id, { transport, client });
    return client;
  }
}
