import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { formedName, STEWARD_PORT, statusName, stewardName } from '../steward/settings';
import { account, apiServerEgress } from './account';
import { contentHash } from './content-hash';
import { Environment } from './environment';
import { imageFor, pullSecrets } from './images';
import { monitoring } from './monitoring';
import { objectLabels, type SelectorLabels, selectorLabels } from './names';
import { closed, dnsEgress, pods, scraping, tcp } from './network';
import { packageFile } from './package-files';
import { NODE_IMAGE, programMount, programVolume, runProgram, tlsMount, tlsVolume } from './programs';
import { containerSecurity, HELPER_USER, podBasics, podSecurity } from './security';

const { IntOrString, Quantity } = k8s;

/** A roll of many members with much data takes long. */
const DEADLINE_SECONDS = 3600;

/** What the steward of a cluster needs. */
export interface StewardProps {
  readonly system: string;
  readonly cluster: string;
  /** What it is told, as it is at the end of synthesis. */
  readonly settings: () => object;
  /** Official Node.js image. @default 'node:22-bookworm-slim' */
  readonly image?: string;
  /** Name of the ConfigMap with its program, of the file in it, and files of another ConfigMap that it imports. */
  readonly program: {
    readonly configMap: string;
    readonly file: string;
    readonly shared?: { readonly configMap: string; readonly files: readonly string[] };
  };
  /** Names of the StatefulSets whose number of pods it sets. */
  readonly sets: readonly string[];
  /** Names of the pods that it may restart. */
  readonly members: readonly string[];
  /** Names of the pods that it may label, as with the role that a server has at the moment. @default - none */
  readonly labelled?: readonly string[];
  /** The members, as NetworkPolicies select them, and the ports on which it talks to them. */
  readonly server: { readonly labels: SelectorLabels; readonly ports: readonly number[] };
  /** CronJobs of which it tells when they have last succeeded. @default - none */
  readonly backups?: readonly string[];
  /** Further variables, such as users from Secrets. @default - none */
  readonly env?: readonly k8s.EnvVar[];
  /** Secret with the keys of the members' certificate. @default - none */
  readonly tlsSecret?: string;
  /** Further volumes with where they are mounted, such as passwords; what they hold is asked for at the end of synthesis. @default - none */
  readonly volumes?: () => readonly { readonly volume: k8s.Volume; readonly mountPath: string }[];
  /** Memory request and limit in MiB, of which the heap takes less than half. @default 96 */
  readonly memory?: number;
}

/**
 * The steward of a cluster: a Deployment of one pod with a Role in its namespace. It is ready exactly while the cluster
 * has settled on what was applied, and its template changes with that, so a rollout of it ends when the cluster's does.
 */
export class Steward extends Construct {
  private readonly name: string;
  private readonly labels: Record<string, string>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StewardProps,
  ) {
    super(scope, id);
    this.name = stewardName(props.cluster);
    this.labels = objectLabels(props.system, props.cluster, 'steward');
    const { name, labels } = this;
    const metadata = { name, labels };
    const selector = selectorLabels(props.cluster, 'steward');
    const scraped = scraping(Environment.of(this), STEWARD_PORT);
    account(this, metadata, this.rules());
    new ApiObject(
      this,
      'network',
      k8s.KubeNetworkPolicy.manifest(
        closed(metadata, selector, {
          ingress: scraped.length > 0 ? scraped : undefined,
          egress: [
            { to: [pods(props.server.labels)], ports: tcp(...props.server.ports) },
            dnsEgress,
            apiServerEgress,
          ],
        }),
      ),
    );
    // Consumers may still be granted something after this construct was made.
    const spec = Lazy.any({ produce: () => k8s.KubeDeployment.manifest(this.deployment(selector)).spec });
    new ApiObject(this, 'deployment', { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
    monitoring(this, { name, labels, selector, port: 'metrics' });
  }

  /** The smallest set of rights that it can work with; each is explained in docs/steward.md. */
  private rules(): k8s.PolicyRule[] {
    const { backups = [], cluster, labelled = [], members, sets } = this.props;
    const rule = (
      apiGroup: string,
      resources: string[],
      verbs: string[],
      resourceNames?: readonly string[],
    ): k8s.PolicyRule => ({
      apiGroups: [apiGroup],
      resources,
      verbs,
      resourceNames: resourceNames && [...resourceNames],
    });
    return [
      // Several are found by their labels, and a right to that cannot name them.
      rule('apps', ['statefulsets'], ['get', 'list', 'watch'], sets.length === 1 ? sets : undefined),
      rule('apps', ['statefulsets/scale'], ['patch'], sets),
      rule('', ['pods'], ['list', 'watch']),
      rule('', ['pods/eviction'], ['create'], members),
      ...(labelled.length > 0 ? [rule('', ['pods'], ['patch'], labelled)] : []),
      rule('', ['persistentvolumeclaims'], ['list']),
      ...(backups.length > 0 ? [rule('batch', ['cronjobs'], ['get'], backups)] : []),
      rule('', ['configmaps'], ['get', 'patch'], [formedName(cluster), statusName(cluster)]),
      rule('coordination.k8s.io', ['leases'], ['get', 'update'], [this.name]),
      // What does not exist yet has no name by which a right could be given.
      rule('', ['configmaps', 'events'], ['create']),
      rule('coordination.k8s.io', ['leases'], ['create']),
    ];
  }

  private deployment(selector: SelectorLabels): k8s.KubeDeploymentProps {
    const { labels, name, props } = this;
    const field = (variable: string, fieldPath: string) => ({
      name: variable,
      valueFrom: { fieldRef: { fieldPath } },
    });
    const probe = (path: string, options: k8s.Probe): k8s.Probe => ({
      httpGet: { path, port: IntOrString.fromString('metrics') },
      ...options,
    });
    const mebibytes = props.memory ?? 96;
    const memory = Quantity.fromString(`${mebibytes}Mi`);
    const further = props.volumes?.() ?? [];
    return {
      metadata: { name, labels },
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        progressDeadlineSeconds: DEADLINE_SECONDS,
        revisionHistoryLimit: 3,
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels,
            annotations: {
              'cdk8s-stateful/program-hash': programHash(props.program),
            },
          },
          spec: {
            ...podBasics,
            serviceAccountName: name,
            automountServiceAccountToken: true,
            imagePullSecrets: pullSecrets(Environment.of(this)),
            securityContext: podSecurity(HELPER_USER),
            // It holds nothing, and a cluster that has lost a node needs it soon.
            tolerations: ['not-ready', 'unreachable'].map((condition) => ({
              key: `node.kubernetes.io/${condition}`,
              operator: 'Exists',
              effect: 'NoExecute',
              tolerationSeconds: 30,
            })),
            containers: [
              {
                name: 'steward',
                image: imageFor(this, props.image ?? NODE_IMAGE),
                command: runProgram(props.program.file, 'steward'),
                env: [
                  field('POD_NAME', 'metadata.name'),
                  field('POD_UID', 'metadata.uid'),
                  {
                    name: 'SETTINGS',
                    value: settingsText(props.settings()),
                  },
                  // The heap that it needs, and little more before it is swept.
                  {
                    name: 'NODE_OPTIONS',
                    value: `--max-old-space-size=${Math.floor((mebibytes * 5) / 12)} --max-semi-space-size=1`,
                  },
                  ...(props.env ?? []),
                ],
                ports: [{ name: 'metrics', containerPort: STEWARD_PORT }],
                resources: { requests: { cpu: Quantity.fromString('10m'), memory }, limits: { memory } },
                securityContext: containerSecurity,
                livenessProbe: probe('/healthz', { periodSeconds: 30, failureThreshold: 4 }),
                readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 1 }),
                volumeMounts: [
                  programMount,
                  ...(props.tlsSecret ? [tlsMount] : []),
                  ...further.map(({ volume: { name: volume }, mountPath }) => ({
                    name: volume,
                    mountPath,
                    readOnly: true,
                  })),
                ],
              },
            ],
            volumes: [
              programVolume(props.program.configMap, props.program.shared),
              ...(props.tlsSecret ? [tlsVolume(props.tlsSecret)] : []),
              ...further.map(({ volume }) => volume),
            ],
          },
        },
      },
    };
  }
}

/** JSON with a line for each setting, so that a reviewer sees what has changed. */
function settingsText(settings: object): string {
  const lines = Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  "${key}": ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

function programHash({ file, shared }: StewardProps['program']): string {
  const text = (name: string) => packageFile(`build/steward/${name}`);
  return contentHash(shared ? [file, ...shared.files].map(text) : text(file));
}
