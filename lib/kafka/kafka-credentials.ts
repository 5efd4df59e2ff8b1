import type { Construct } from 'constructs';
import { Credentials, type CredentialsReference } from '../core/credentials';
import { objectLabels } from '../core/names';
import { type GeneratedSecret, SecretGenerator } from '../core/secret-generator';
import type { KafkaModel } from './kafka-model';
import { internalName } from './kafka-names';

/** Where the credentials of a cluster are, and who makes up those that do not exist yet. */
export class KafkaCredentials {
  /** What servers log in to one another with. */
  readonly internal?: CredentialsReference;
  /** PLAIN users by listener, in the order in which they were given. */
  readonly plain: Readonly<Record<string, readonly CredentialsReference[]>>;
  /** The same by what was given. */
  readonly plainByCredentials = new Map<Credentials, CredentialsReference>();

  private generator?: SecretGenerator;

  constructor(
    private readonly scope: Construct,
    private readonly model: KafkaModel,
  ) {
    const name = internalName(model);
    if (model.transport === 'sasl')
      this.internal = this.bind(Credentials.generated(), 'internal', name, name);
    this.plain = Object.fromEntries(
      model.listeners.flatMap(({ name: listener, authentication }) =>
        authentication?.kind === 'plain'
          ? [[listener, authentication.users.map((user, index) => this.plainUser(user, listener, index))]]
          : [],
      ),
    );
  }

  /** Has a Secret made up in the cluster, with all others by one Job. */
  generate(secret: GeneratedSecret): void {
    const { scope, model } = this;
    this.generator ??= new SecretGenerator(scope, 'secrets', {
      system: 'kafka',
      cluster: model.name,
      image: model.props.nodeImage,
      secrets: [],
    });
    this.generator.add(secret);
  }

  /** A user of two listeners has one Secret. */
  private plainUser(user: Credentials, listener: string, index: number): CredentialsReference {
    const known = this.plainByCredentials.get(user);
    if (known) return known;
    const use = `${listener}-plain-${index}`;
    const reference = this.bind(user, use, `${this.model.name}-${use}`, use);
    this.plainByCredentials.set(user, reference);
    return reference;
  }

  private bind(credentials: Credentials, use: string, secretName: string, username: string) {
    return credentials.bind(this.scope, `${use}-credentials`, {
      secretName,
      username,
      labels: objectLabels('kafka', this.model.name, 'credentials'),
      generate: (secret) => this.generate(secret),
    });
  }
}
