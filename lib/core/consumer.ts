import { Chart } from 'cdk8s';
import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { certificate } from './certificates';
import { contentHash } from './content-hash';
import type { Credentials, CredentialsReference } from './credentials';
import type { IssuerReference } from './environment';
import { objectLabels } from './names';
import { peersOf } from './network';

/** Who uses a cluster, and from where. */
export class Consumer {
  /** Namespaces that it runs in, as far as they are known by name. */
  readonly namespaces: readonly string[];

  constructor(
    readonly peer: INetworkPolicyPeer,
    readonly cluster: {
      readonly system: string;
      readonly name: string;
      readonly namespace: string;
    },
  ) {
    this.namespaces = [
      ...new Set(
        peersOf(peer, cluster.namespace).flatMap(({ ipBlock, namespaceSelector }) => {
          if (ipBlock) return [];
          if (!namespaceSelector) return [cluster.namespace];
          return namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'] ?? [];
        }),
      ),
    ];
  }

  /** Namespaces that it runs in beside that of the cluster. */
  get elsewhere(): string[] {
    return this.namespaces.filter((namespace) => namespace !== this.cluster.namespace);
  }

  /** What it is called as a user, unless somebody says otherwise. */
  get defaultUser(): string {
    return this.peer.node.id
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 64);
  }

  /**
   * Makes the Secret of these credentials in each of these namespaces, in the chart of the consumer; says where they are,
   * which is the same in all. Generated ones are known in one namespace only, and are refused before.
   */
  bindCredentials(
    credentials: Credentials,
    secretName: string,
    namespaces: readonly string[],
  ): CredentialsReference | undefined {
    return this.inEach(secretName, namespaces, (namespace, scope, labels) =>
      credentials.bind(scope, 'credentials', {
        secretName,
        namespace,
        username: '',
        labels,
        generate: () => {},
      }),
    );
  }

  /**
   * Makes the login of a user, which is known in the namespace of the cluster, readable in the others; one that cannot be read
   * there is reported.
   */
  bindLogin(
    user: string,
    credentials: Credentials,
    login: CredentialsReference,
    report: (problem: string) => void,
  ): void {
    const { elsewhere, cluster, peer } = this;
    if (elsewhere.length === 0) return;
    if (credentials.isGenerated) {
      report(
        `user "${user}": its password is generated in the namespace "${cluster.namespace}", and ${peer.node.id} is in "${elsewhere[0]}", ` +
          'where it cannot be read; give credentials: Credentials.external, which is fetched into both, or ' +
          'Credentials.existing with the name of a Secret that is in both',
      );
    } else this.bindCredentials(credentials, login.secretName, elsewhere);
  }

  /** Has a certificate made for it in each of its namespaces, in its chart; one with a common name is a user's. */
  issueCertificate(
    secretName: string,
    identity: { readonly commonName: string } | { readonly uri: string },
    issuer: IssuerReference,
    namespaces: readonly string[],
    options: { readonly combinedPem?: boolean } = {},
  ): void {
    this.inEach(secretName, namespaces, (namespace, scope, labels) =>
      certificate(scope, 'certificate', {
        source: { issuer },
        name: secretName,
        namespace,
        labels,
        dnsNames: [],
        ...identity,
        ...options,
      }),
    );
  }

  private inEach<Made>(
    name: string,
    namespaces: readonly string[],
    make: (namespace: string, scope: Construct, labels: Record<string, string>) => Made,
  ): Made | undefined {
    const chart = Chart.of(this.peer);
    const labels = objectLabels(this.cluster.system, this.cluster.name, 'credentials');
    let made: Made | undefined;
    for (const namespace of namespaces) {
      // Two clusters of one name may live in two namespaces.
      const id = `${this.cluster.namespace}-${name}-${namespace}`;
      chart.node.tryRemoveChild(id);
      made = make(namespace, new Construct(chart, id), labels);
    }
    return made;
  }
}

/** Name of a Secret of a user; a hash keeps names apart that Kubernetes would take for the same. */
export function userSecretName(cluster: string, use: 'user' | 'certificate', user: string): string {
  const plain = user.toLowerCase().replace(/[^a-z0-9-]/g, '-');
  const suffix = plain === user && /[a-z0-9]$/.test(user) ? '' : `-${contentHash(user).slice(0, 5)}`;
  return `${cluster}-${use}-${plain.replace(/-+$/, '')}${suffix}`;
}
