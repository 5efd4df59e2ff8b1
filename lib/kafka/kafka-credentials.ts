import type { Construct } from 'constructs';
import { ClusterCredentials } from '../core/cluster-credentials';
import { Credentials, type CredentialsReference } from '../core/credentials';
import type { KafkaModel } from './kafka-model';
import { internalName } from './kafka-names';

/** Where the credentials of a cluster are. */
export class KafkaCredentials extends ClusterCredentials {
  /** What servers log in to one another with. */
  readonly internal?: CredentialsReference;
  /** PLAIN users by listener, in the order in which they were given. */
  readonly plain: Readonly<Record<string, readonly CredentialsReference[]>>;
  /** The same by what was given. */
  readonly plainByCredentials = new Map<Credentials, CredentialsReference>();

  constructor(scope: Construct, model: KafkaModel) {
    super(scope, { system: 'kafka', name: model.name, nodeImage: model.props.nodeImage });
    if (model.transport === 'sasl')
      this.internal = this.bind(Credentials.generated(), 'internal', internalName(model));
    this.plain = Object.fromEntries(
      model.listeners.flatMap(({ name: listener, authentication }) =>
        authentication?.kind === 'plain'
          ? [[listener, authentication.users.map((user, index) => this.plainUser(user, listener, index))]]
          : [],
      ),
    );
  }

  /** A user of two listeners has one Secret. */
  private plainUser(user: Credentials, listener: string, index: number): CredentialsReference {
    const known = this.plainByCredentials.get(user);
    if (known) return known;
    const use = `${listener}-plain-${index}`;
    const reference = this.bind(user, use, use);
    this.plainByCredentials.set(user, reference);
    return reference;
  }
}
