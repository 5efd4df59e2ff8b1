import type { Construct } from 'constructs';
import { userSecretName } from './consumer';
import type { Credentials, CredentialsReference } from './credentials';
import { Environment } from './environment';
import { objectLabels } from './names';
import { reportFindings } from './problem';
import { type GeneratedSecret, SecretGenerator } from './secret-generator';

/** Where the credentials of a cluster are, and who makes up those that do not exist yet. */
export class ClusterCredentials {
  private generator?: SecretGenerator;

  constructor(
    protected readonly scope: Construct,
    private readonly cluster: {
      readonly system: string;
      readonly name: string;
      /** Image that makes up Secrets. @default - as `SecretGenerator` has it */
      readonly nodeImage?: string;
    },
  ) {}

  /** Where credentials are: in the Secret `<name>-<use>`, unless they exist already. */
  bind(
    credentials: Credentials,
    use: string,
    username: string,
    generate = (secret: GeneratedSecret) => this.generate(secret),
  ): CredentialsReference {
    return this.inSecret(`${this.cluster.name}-${use}`, credentials, username, generate);
  }

  /** Where the credentials of a user are, once they have been checked. */
  user(credentials: Credentials, user: string): CredentialsReference {
    const { scope, cluster } = this;
    reportFindings(scope, credentials.check(`user "${user}"`, Environment.of(scope)));
    const secretName = userSecretName(cluster.name, 'user', user);
    return this.inSecret(secretName, credentials, user, (secret) => this.generate(secret));
  }

  /** Has a Secret made up in the cluster, with all others by one Job. */
  protected generate(secret: GeneratedSecret): void {
    const { system, name, nodeImage } = this.cluster;
    this.generator ??= new SecretGenerator(this.scope, 'secrets', {
      system,
      cluster: name,
      image: nodeImage,
      secrets: [],
    });
    this.generator.add(secret);
  }

  private inSecret(
    secretName: string,
    credentials: Credentials,
    username: string,
    generate: (secret: GeneratedSecret) => void,
  ): CredentialsReference {
    const { system, name } = this.cluster;
    return credentials.bind(this.scope, `${secretName}-credentials`, {
      secretName,
      username,
      labels: objectLabels(system, name, 'credentials'),
      generate,
    });
  }
}
