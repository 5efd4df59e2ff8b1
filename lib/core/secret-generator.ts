import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { account, apiServerEgress } from './account';
import { contentHash } from './content-hash';
import { Environment } from './environment';
import { imageFor, pullSecrets } from './images';
import { objectLabels, selectorLabels } from './names';
import { closed } from './network';
import { packageFile } from './package-files';
import { NODE_IMAGE, programMount, programVolume, runProgram } from './programs';
import { containerSecurity, HELPER_USER, podSecurity } from './security';

const PROGRAM = 'generate-secret.js';

/** A Secret to create: a user name and a random password. */
export interface GeneratedSecret {
  readonly name: string;
  readonly username: string;
}

/** Props of `SecretGenerator`. */
export interface SecretGeneratorProps {
  readonly system: string;
  readonly cluster: string;
  /** Official Node.js image, 22 or later. @default 'node:22-bookworm-slim' */
  readonly image?: string;
  /** The Secrets to create. */
  readonly secrets: readonly GeneratedSecret[];
}

/**
 * A Job that creates Secrets which do not exist yet. It may create Secrets and nothing else: it can neither read nor
 * change one, so an existing password always stays. Its name changes with all that it has, since a Job cannot.
 */
export class SecretGenerator extends Construct {
  private readonly name: string;
  private readonly secrets = new Map<string, GeneratedSecret>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SecretGeneratorProps,
  ) {
    super(scope, id);
    this.name = `${props.cluster}-secrets`;
    const labels = objectLabels(props.system, props.cluster, 'secrets');
    const metadata = { name: this.name, labels };
    new ApiObject(
      this,
      'program',
      k8s.KubeConfigMap.manifest({
        metadata,
        data: { [PROGRAM]: packageFile(`build/steward/${PROGRAM}`) },
      }),
    );
    account(this, metadata, [{ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }]);
    new ApiObject(
      this,
      'network',
      k8s.KubeNetworkPolicy.manifest(
        closed(metadata, selectorLabels(props.cluster, 'secrets'), { egress: [apiServerEgress] }),
      ),
    );
    this.add(...props.secrets);
  }

  /** Has further Secrets created. */
  add(...more: readonly GeneratedSecret[]): void {
    for (const secret of more) this.secrets.set(secret.name, secret);
    const secrets = [...this.secrets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { system, cluster } = this.props;
    const { metadata, ...job } = this.job(objectLabels(system, cluster, 'secrets'), secrets);
    // A Job cannot change, so one of another list or image is another Job.
    const name = `${this.name}-${contentHash(job.spec)}`;
    this.node.tryRemoveChild('job');
    new ApiObject(this, 'job', { ...job, metadata: { name, ...metadata } });
  }

  private job(labels: Record<string, string>, secrets: readonly GeneratedSecret[]) {
    return k8s.KubeJob.manifest({
      metadata: {
        labels,
        annotations: { 'cdk8s-stateful/creates-secret': secrets.map((s) => s.name).join(',') },
      },
      spec: {
        backoffLimit: 10,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: 'OnFailure',
            serviceAccountName: this.name,
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            imagePullSecrets: pullSecrets(Environment.of(this)),
            securityContext: podSecurity(HELPER_USER),
            containers: [
              {
                name: 'generate',
                image: imageFor(this, this.props.image ?? NODE_IMAGE),
                command: runProgram(PROGRAM),
                env: [
                  { name: 'SECRETS', value: JSON.stringify(secrets) },
                  {
                    name: 'LABELS',
                    value: JSON.stringify(objectLabels(this.props.system, this.props.cluster, 'credentials')),
                  },
                ],
                resources: {
                  requests: { cpu: k8s.Quantity.fromString('10m'), memory: k8s.Quantity.fromString('64Mi') },
                  limits: { memory: k8s.Quantity.fromString('64Mi') },
                },
                securityContext: containerSecurity,
                volumeMounts: [programMount],
              },
            ],
            volumes: [programVolume(this.name)],
          },
        },
      },
    });
  }
}
