import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Connection } from './connection';
import { isKafkaError, refusal } from './errors';
import { Metadata } from './messages/cluster';
import type { Api, Struct, ValueOf } from './schema';
import { type Address, KafkaError, type Transport } from './types';

/** Who is there to be asked; asked for anew with every call, so that lists and certificates may change. */
export interface ServersOptions {
  readonly brokers: () => readonly Address[];
  readonly controllers: () => readonly Address[];
  readonly transport: () => Transport;
}

/**
 * Who a request is for: any broker; the controller, which is any broker that hands it on (in ZooKeeper mode the one that is
 * it); the leader of the quorum itself; or one broker.
 */
export type Recipient = 'broker' | 'controller' | 'quorum' | { readonly broker: number };

/** How a call is to be taken. */
export interface CallOptions {
  /** Errors in the reply that are left to the caller. */
  readonly tolerate?: readonly string[];
}

// No harm is done by asking the next server: nothing was carried out.
const ASK_ANOTHER = ['BROKER_NOT_AVAILABLE', 'NOT_CONTROLLER', 'NOT_LEADER_OR_FOLLOWER'];
const LOST = ['NETWORK_EXCEPTION', 'REQUEST_TIMED_OUT'];
const ELECTION_PAUSE_MS = 250;

/** Connections to the servers of a cluster, and which of them is asked. */
export class Servers {
  private readonly connections = new Map<string, { transport: Transport; opening: Promise<Connection> }>();
  private preferred: Partial<Record<string, Address>> = {};

  constructor(private readonly options: ServersOptions) {}

  /** How long a request that is sent now may take at the server. */
  get timeoutMs(): number {
    return this.options.transport().timeoutMs;
  }

  /** Asks who can answer, one after the other, until one does; rejects where the reply has an error. */
  async call<Q extends Struct, R extends Struct>(
    recipient: Recipient,
    api: Api<Q, R>,
    body: ValueOf<NoInfer<Q>>,
    { tolerate = [] }: CallOptions = {},
  ): Promise<ValueOf<R>> {
    const deadline = performance.now() + this.timeoutMs;
    for (;;) {
      const failures: KafkaError[] = [];
      const queue = await this.candidates(recipient);
      const asked = new Set<string>();
      for (let address = queue.shift(); address; address = queue.shift()) {
        if (asked.has(nameOf(address))) continue;
        asked.add(nameOf(address));
        try {
          const share = (deadline - performance.now()) / (queue.length + 1);
          const reply = await this.ask(address, api, body, deadline, share);
          const refused = refusal(api.name, reply, tolerate);
          if (refused) throw refused;
          if (typeof recipient === 'string') this.preferred[recipient] = address;
          return reply;
        } catch (error) {
          const lost = !api.changes && isKafkaError(error, ...LOST);
          if (!lost && !isKafkaError(error, ...ASK_ANOTHER)) throw error;
          failures.push(error as KafkaError);
          if (recipient === 'controller' && isKafkaError(error, 'NOT_CONTROLLER')) {
            queue.unshift(...(await this.controllerBy(address)));
          }
        }
      }
      const electing = failures.some(({ code }) => code.startsWith('NOT_'));
      if (!electing || performance.now() + ELECTION_PAUSE_MS > deadline) throw combined(api.name, failures);
      await delay(ELECTION_PAUSE_MS);
    }
  }

  /** Sends a request to one address. */
  async ask<Q extends Struct, R extends Struct>(
    address: Address,
    api: Api<Q, R>,
    body: ValueOf<NoInfer<Q>>,
    deadline = performance.now() + this.timeoutMs,
    connectMs = this.timeoutMs,
  ): Promise<ValueOf<R>> {
    const connection = await this.connection(address, Math.max(1, connectMs));
    return connection.request(api, body, Math.max(1, deadline - performance.now()));
  }

  close(): void {
    for (const { opening } of this.connections.values()) {
      opening.then(
        (connection) => connection.close(),
        () => undefined,
      );
    }
    this.connections.clear();
  }

  private async candidates(recipient: Recipient): Promise<Address[]> {
    if (typeof recipient !== 'string') return [await this.addressOf(recipient.broker)];
    const { brokers, controllers } = this.options;
    const all = [...(recipient === 'quorum' ? controllers() : brokers())];
    if (all.length === 0) throw new KafkaError('BROKER_NOT_AVAILABLE', `no ${recipient} is known`);
    const preferred = this.preferred[recipient];
    const others = all.filter((address) => !preferred || nameOf(address) !== nameOf(preferred));
    // The controller in ZooKeeper mode may be one that only metadata tells of; others that left the list are gone.
    const stays = preferred && (recipient === 'controller' || others.length < all.length);
    return stays ? [preferred, ...others] : all;
  }

  // Asked anew each time: a broker that restarted may have another address.
  private async addressOf(broker: number): Promise<Address> {
    const { brokers } = await this.call('broker', Metadata, NO_TOPICS);
    const node = brokers.find(({ nodeId }) => nodeId === broker);
    if (!node) throw new KafkaError('BROKER_NOT_AVAILABLE', `broker ${broker} does not serve`);
    return node;
  }

  // The controller as that broker knows it, in ZooKeeper mode.
  private async controllerBy(address: Address): Promise<Address[]> {
    const known = await this.ask(address, Metadata, NO_TOPICS).catch(() => undefined);
    return known?.brokers.filter(({ nodeId }) => nodeId === known.controllerId) ?? [];
  }

  private async connection(address: Address, timeoutMs: number): Promise<Connection> {
    const name = nameOf(address);
    const transport = this.options.transport();
    for (let known = this.connections.get(name); known; known = this.connections.get(name)) {
      const connection = await known.opening.catch(() => undefined);
      if (connection?.usable && isDeepStrictEqual(known.transport, transport)) return connection;
      if (this.connections.get(name) !== known) continue;
      this.connections.delete(name);
      connection?.retire();
    }
    const opening = Connection.open(address, transport, timeoutMs);
    this.connections.set(name, { transport, opening });
    return opening;
  }
}

/** Metadata without topics: brokers and the controller. */
export const NO_TOPICS: ValueOf<(typeof Metadata)['request']> = {
  topics: [],
  allowAutoTopicCreation: false,
  includeTopicAuthorizedOperations: false,
};

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

function combined(what: string, failures: readonly KafkaError[]): KafkaError {
  if (failures.length === 1) return failures[0];
  const [{ code }] = failures;
  return new KafkaError(code, `${what}: ${failures.map(({ message }) => message).join('; ')}`);
}
